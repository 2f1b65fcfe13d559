import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  FilterLogEventsCommand,
  PutResourcePolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutEventsCommand,
  PutPermissionCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemovePermissionCommand,
} from "@aws-sdk/client-eventbridge";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

/** Events from bus to bus by the receiving bus's policy, without a role; and never on to a third. */

const sender = "111111111111";
const receiver = "222222222222";
const busArn = (account: string, name: string) => `arn:aws:events:us-east-1:${account}:event-bus/${name}`;
const groupArn = (name: string) => `arn:aws:logs:us-east-1:${receiver}:log-group:${name}`;

let roadstead: TestRoadstead;
let there: EventBridgeClient;
let here: EventBridgeClient;
let logs: CloudWatchLogsClient;

beforeAll(async () => {
  roadstead = await testRoadstead();
  here = new EventBridgeClient(roadstead.client(sender));
  there = new EventBridgeClient(roadstead.client(receiver));
  logs = new CloudWatchLogsClient(roadstead.client(receiver));
  const policyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: {
      Effect: "Allow",
      Principal: { Service: "events.amazonaws.com" },
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: "*",
    },
  });
  await logs.send(new PutResourcePolicyCommand({ policyName: "events", policyDocument }));
  for (const name of ["second", "third"]) {
    await there.send(new CreateEventBusCommand({ Name: name }));
    await logs.send(new CreateLogGroupCommand({ logGroupName: name }));
    await route(there, name, { Id: "log", Arn: groupArn(name) });
  }
  await there.send(
    new PutTargetsCommand({
      Rule: "all",
      EventBusName: "second",
      Targets: [{ Id: "on", Arn: busArn(receiver, "third") }],
    }),
  );
  await route(here, "default", { Id: "bus", Arn: busArn(receiver, "second") });
});

afterAll(async () => {
  for (const client of [here, there, logs]) client?.destroy();
  await roadstead?.stop();
});

async function route(
  client: EventBridgeClient,
  bus: string,
  target: { Id: string; Arn: string },
): Promise<void> {
  const rule = { Name: "all", EventBusName: bus, EventPattern: '{"source":["shop"]}' };
  await client.send(new PutRuleCommand(rule));
  await client.send(new PutTargetsCommand({ Rule: "all", EventBusName: bus, Targets: [target] }));
}

const send = (client: EventBridgeClient, order: string, EventBusName = "default") =>
  client.send(
    new PutEventsCommand({
      Entries: [{ EventBusName, Source: "shop", DetailType: "Order", Detail: JSON.stringify({ order }) }],
    }),
  );

/** The orders that a log group has lines of, in the order of their arrival. */
async function ordersIn(logGroupName: string): Promise<readonly string[]> {
  const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName }));
  return events.map(({ message = "" }) => JSON.parse(message).detail.order).sort();
}

const permission = { EventBusName: "second", StatementId: "sender" };

describe("a bus of another account, without a role", { timeout: 60_000 }, () => {
  test("takes what its policy lets in, and nothing before or after", async () => {
    const waits = { timeout: 20_000 };
    const allow = new PutPermissionCommand({ ...permission, Action: "events:PutEvents", Principal: sender });
    await send(here, "1-early");
    await there.send(allow);
    await expect
      .poll(async () => {
        // The first has been refused for good when one that was sent later has arrived.
        await send(here, "2-let-in");
        return [...new Set(await ordersIn("second"))];
      }, waits)
      .toContain("2-let-in");
    await there.send(new RemovePermissionCommand(permission));
    await send(here, "3-late");
    await send(there, "4-own", "second");
    await expect.poll(() => ordersIn("second"), waits).toContain("4-own");
    expect([...new Set(await ordersIn("second"))].filter((one) => one !== "1-early")).toEqual([
      "2-let-in",
      "4-own",
    ]);
  });

  test("sends what came from a bus to no third one, and its own events on", async () => {
    // Its own went on only if the receiving account's policy lets the account itself in, as every account's does.
    await expect.poll(() => ordersIn("third"), { timeout: 20_000 }).toEqual(["4-own"]);
    await send(there, "5-direct", "third");
    await expect.poll(() => ordersIn("third"), { timeout: 20_000 }).toEqual(["4-own", "5-direct"]);
  });
});
