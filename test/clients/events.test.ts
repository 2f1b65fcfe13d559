import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { CreateRepositoryCommand, ECRClient } from "@aws-sdk/client-ecr";
import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutEventsCommand,
  PutPermissionCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sampleImage } from "../../src/cli/sample-image.ts";
import { movableClock } from "../../src/kernel/clock.ts";
import { command } from "../support/command.ts";
import { eventually } from "../support/daemon.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

/** From a push to a line in a log group, over real clients; and what must not arrive does not. */

const account = "000000000000";
const other = "111122223333";
const clock = movableClock();
const group = "/aws/events/images";
const groupArn = `arn:aws:logs:us-east-1:${account}:log-group:${group}`;

let roadstead: TestRoadstead;

beforeAll(async () => {
  roadstead = await testRoadstead({}, { clock });
});

afterAll(() => roadstead?.stop());

async function run(file: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await command(file, args, { env: roadstead.environment() });
  if (code !== 0) throw new Error(`${file} ${args.join(" ")}: ${stderr}`);
  return stdout;
}

const aws = async (...args: readonly string[]) => JSON.parse((await run("aws", args)) || "{}");

async function linesOf(pattern: string): Promise<readonly Record<string, unknown>[]> {
  const client = new CloudWatchLogsClient(roadstead.client());
  const { events = [] } = await client.send(
    new FilterLogEventsCommand({ logGroupName: group, filterPattern: pattern, interleaved: true }),
  );
  client.destroy();
  return events.map(({ message = "" }) => JSON.parse(message));
}

/** Waits for the first line that matches. */
async function lineOf(pattern: string): Promise<Record<string, unknown>> {
  let found: readonly Record<string, unknown>[] = [];
  await eventually(20, async () => {
    found = await linesOf(pattern);
    return found.length > 0;
  });
  return found[0] ?? {};
}

function logPolicy(condition: object = {}): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: ["events.amazonaws.com", "delivery.logs.amazonaws.com"] },
        Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
        Resource: `${groupArn}:*`,
        ...condition,
      },
    ],
  });
}

describe("events on their way to a log group", { timeout: 120_000 }, () => {
  test("stay out of a log group whose policy does not let EventBridge in", async () => {
    await aws("logs", "create-log-group", "--log-group-name", group);
    await aws("events", "put-rule", "--name", "images", "--event-pattern", '{"source":["aws.ecr"]}');
    await aws("events", "put-targets", "--rule", "images", "--targets", `Id=log,Arn=${groupArn}`);
    const ecr = new ECRClient(roadstead.client());
    await ecr.send(new CreateRepositoryCommand({ repositoryName: "app" }));
    ecr.destroy();
    await push("denied");
    const trail = new CloudTrailClient(roadstead.client());
    const query = {
      LookupAttributes: [{ AttributeKey: "EventName" as const, AttributeValue: "PutLogEvents" }],
    };
    const refused = await eventually(20, async () => {
      const { Events = [] } = await trail.send(new LookupEventsCommand(query));
      return Events.some(
        ({ CloudTrailEvent = "" }) => JSON.parse(CloudTrailEvent).errorCode === "AccessDenied",
      );
    });
    expect(refused).toBe(true);
    trail.destroy();
    expect(await linesOf("")).toEqual([]);
  });

  test("a push is a line once the policy does, for this rule alone", async () => {
    const condition = { ArnEquals: { "aws:SourceArn": `arn:aws:events:us-east-1:${account}:rule/images` } };
    await aws(
      ...["logs", "put-resource-policy", "--policy-name", "events"],
      ...["--policy-document", logPolicy({ Condition: condition })],
    );
    const digest = await push("v1");
    expect(await lineOf('{ $.detail.image-tag = "v1" }')).toMatchObject({
      version: "0",
      "detail-type": "ECR Image Action",
      source: "aws.ecr",
      account,
      region: "us-east-1",
      resources: [],
      detail: { result: "SUCCESS", "repository-name": "app", "image-digest": digest, "action-type": "PUSH" },
    });
    const shown = await aws(
      "logs",
      "filter-log-events",
      "--log-group-name",
      group,
      "--filter-pattern",
      "PUSH",
    );
    expect(shown.events.some(({ message }: { message: string }) => message.includes(digest))).toBe(true);
    expect(await linesOf('{ $.detail.image-tag = "denied" }')).toEqual([]);
  });

  test("a schedule fires by the clock", async () => {
    await aws("logs", "put-resource-policy", "--policy-name", "events", "--policy-document", logPolicy());
    const events = new EventBridgeClient(roadstead.client());
    await events.send(new PutRuleCommand({ Name: "hourly", ScheduleExpression: "rate(1 hour)" }));
    await events.send(new PutTargetsCommand({ Rule: "hourly", Targets: [{ Id: "log", Arn: groupArn }] }));
    events.destroy();
    expect(await linesOf('"Scheduled Event"')).toEqual([]);
    clock.advance(3_600_000);
    expect(await lineOf('"Scheduled Event"')).toMatchObject({
      source: "aws.events",
      resources: [`arn:aws:events:us-east-1:${account}:rule/hourly`],
      detail: {},
    });
  });

  test("a bus of another account takes events of a role that may send them, and sends them no further", async () => {
    const here = new EventBridgeClient(roadstead.client());
    const there = new EventBridgeClient(roadstead.client(other));
    const iam = new IAMClient(roadstead.client(other));
    const busArn = `arn:aws:events:us-east-1:${account}:event-bus/central`;
    await here.send(new CreateEventBusCommand({ Name: "central" }));
    const permission = { Action: "events:PutEvents", Principal: other, StatementId: "other" };
    await here.send(new PutPermissionCommand({ EventBusName: "central", ...permission }));
    const rule = { EventBusName: "central", EventPattern: '{"source":["shop"]}' };
    await here.send(new PutRuleCommand({ Name: "central", ...rule }));
    await here.send(
      new PutTargetsCommand({
        Rule: "central",
        EventBusName: "central",
        Targets: [{ Id: "log", Arn: groupArn }],
      }),
    );

    const { Role } = await iam.send(
      new CreateRoleCommand({
        RoleName: "sender",
        AssumeRolePolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            { Effect: "Allow", Principal: { Service: "events.amazonaws.com" }, Action: "sts:AssumeRole" },
          ],
        }),
      }),
    );
    const allow = { Effect: "Allow", Action: "events:PutEvents", Resource: busArn };
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [allow] });
    await iam.send(new PutRolePolicyCommand({ RoleName: "sender", PolicyName: "send", PolicyDocument }));
    await there.send(new PutRuleCommand({ Name: "send", EventPattern: '{"source":["shop"]}' }));
    const target = { Id: "bus", Arn: busArn, RoleArn: Role?.Arn };
    await there.send(new PutTargetsCommand({ Rule: "send", Targets: [target] }));
    const { Entries } = await there.send(
      new PutEventsCommand({
        Entries: [
          { Source: "shop", DetailType: "Order", Detail: '{"order":1}' },
          { Source: "aws.shop", DetailType: "Order", Detail: "{}" },
          { Source: "shop", DetailType: "Order", Detail: "[]" },
        ],
      }),
    );
    expect(Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([
      undefined,
      "NotAuthorizedForSourceException",
      "MalformedDetail",
    ]);
    expect(await lineOf("{ $.detail.order = 1 }")).toMatchObject({ source: "shop", account: other });
    for (const client of [here, there, iam]) client.destroy();
  });

  test("what cannot be delivered here is refused when it is asked for", async () => {
    const events = new EventBridgeClient({ ...roadstead.client(), maxAttempts: 1 });
    const Arn = `arn:aws:sqs:us-east-1:${account}:queue`;
    const refusal = events.send(new PutTargetsCommand({ Rule: "images", Targets: [{ Id: "queue", Arn }] }));
    await expect(refusal).rejects.toMatchObject({
      name: "ValidationException",
      message: expect.stringContaining("is not served here"),
    });
    events.destroy();
  });
});

/** Pushes an image with docker; answers its digest. */
async function push(tag: string): Promise<string> {
  const registry = roadstead.url.replace("http://", "");
  const image = `${registry.replace("127.0.0.1", "localhost")}/${account}.us-east-1/app:${tag}`;
  const password = (await run("aws", ["ecr", "get-login-password"])).trim();
  const host = image.split("/", 1)[0] ?? "";
  await run("docker", ["login", "-u", "AWS", "-p", password, host]);
  const layer = join(roadstead.dataDir, `${tag}.tar.gz`);
  writeFileSync(layer, sampleImage(tag).layers[0] ?? Buffer.alloc(0));
  await run("docker", ["import", layer, image]);
  const digest = /digest: (sha256:[0-9a-f]{64}) size/.exec(await run("docker", ["push", image]))?.[1] ?? "";
  await run("docker", ["image", "rm", image]);
  return digest;
}
