import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  FilterLogEventsCommand,
  PutResourcePolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  CancelReplayCommand,
  CreateArchiveCommand,
  CreateEventBusCommand,
  DeleteArchiveCommand,
  DescribeArchiveCommand,
  DescribeReplayCommand,
  EventBridgeClient,
  ListArchivesCommand,
  ListReplaysCommand,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  StartReplayCommand,
  type StartReplayCommandInput,
  UpdateArchiveCommand,
} from "@aws-sdk/client-eventbridge";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../../../../test/support/daemon.ts";
import { type TestRoadstead, testRoadstead } from "../../../../test/support/roadstead.ts";
import { movableClock } from "../../../kernel/clock.ts";

/** Events that a bus keeps, and sends once more. */

const busArn = "arn:aws:events:us-east-1:000000000000:event-bus/shop";
const archiveArn = "arn:aws:events:us-east-1:000000000000:archive/orders";
const clock = movableClock();
const day = 86_400_000;
let roadstead: TestRoadstead;
let events: EventBridgeClient;
let logs: CloudWatchLogsClient;

beforeAll(async () => {
  roadstead = await testRoadstead({}, { clock });
  events = new EventBridgeClient({ ...roadstead.client(), maxAttempts: 1 });
  logs = new CloudWatchLogsClient(roadstead.client());
  await logs.send(new CreateLogGroupCommand({ logGroupName: "/events" }));
  const Statement = [
    { Effect: "Allow", Principal: { Service: "events.amazonaws.com" }, Action: "logs:*", Resource: "*" },
  ];
  const policyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
  await logs.send(new PutResourcePolicyCommand({ policyName: "events", policyDocument }));
  await events.send(new CreateEventBusCommand({ Name: "shop" }));
  for (const rule of ["one", "two"]) {
    const EventPattern = JSON.stringify({ source: [{ prefix: "" }] });
    const InputTransformer = {
      InputPathsMap: { n: "$.detail.n", replay: "$.replay-name" },
      InputTemplate: `{"message": "${rule} <n> <replay>."}`,
    };
    const Arn = "arn:aws:logs:us-east-1:000000000000:log-group:/events";
    await events.send(new PutRuleCommand({ Name: rule, EventBusName: "shop", EventPattern }));
    await events.send(
      new PutTargetsCommand({
        Rule: rule,
        EventBusName: "shop",
        Targets: [{ Id: "log", Arn, InputTransformer }],
      }),
    );
  }
});

afterAll(async () => {
  events?.destroy();
  logs?.destroy();
  await roadstead?.stop();
});

async function put(...numbers: readonly number[]): Promise<void> {
  for (let at = 0; at < numbers.length; at += 10) {
    const Entries = numbers.slice(at, at + 10).map((n) => ({
      ...{ EventBusName: "shop", Source: n < 0 ? "noise" : "orders", DetailType: "Order" },
      Detail: JSON.stringify({ n }),
    }));
    await events.send(new PutEventsCommand({ Entries }));
  }
}

async function lines(pattern: string): Promise<string[]> {
  const query = { logGroupName: "/events", filterPattern: pattern, startTime: 0 };
  const { events: found = [] } = await logs.send(new FilterLogEventsCommand(query));
  return found.map(({ message = "" }) => message).sort();
}

const archive = (ArchiveName = "orders") => events.send(new DescribeArchiveCommand({ ArchiveName }));

function replay(ReplayName: string, input: Partial<StartReplayCommandInput> = {}) {
  return events.send(
    new StartReplayCommand({
      ReplayName,
      EventSourceArn: archiveArn,
      EventStartTime: new Date(clock.now() - day),
      EventEndTime: new Date(clock.now() + day),
      Destination: { Arn: busArn },
      ...input,
    }),
  );
}

const ended = (ReplayName: string) =>
  eventually(20, async () => {
    const { State } = await events.send(new DescribeReplayCommand({ ReplayName }));
    return State === "COMPLETED";
  });

describe("an archive", () => {
  test("keeps what matches its pattern, from its making on", async () => {
    await put(0);
    const EventPattern = JSON.stringify({ source: ["orders"] });
    const made = await events.send(
      new CreateArchiveCommand({
        ArchiveName: "orders",
        EventSourceArn: busArn,
        EventPattern,
        RetentionDays: 2,
      }),
    );
    expect(made).toMatchObject({ ArchiveArn: archiveArn, State: "ENABLED" });
    await put(1, -1, 2);
    expect(await archive()).toMatchObject({ EventCount: 2, RetentionDays: 2, EventPattern });
    expect((await archive()).SizeBytes).toBeGreaterThan(200);
    const { Archives } = await events.send(new ListArchivesCommand({ EventSourceArn: busArn }));
    expect(Archives).toMatchObject([{ ArchiveName: "orders", EventSourceArn: busArn }]);
  });

  test("sends them to all rules of the bus once more, with the replay's name, and keeps them not twice", async () => {
    await eventually(20, async () => (await lines('"one 2"')).length === 1);
    await replay("again");
    expect(await ended("again")).toBe(true);
    expect(await eventually(20, async () => (await lines("again")).length === 4)).toBe(true);
    expect(await lines("again")).toEqual(["one 1 again.", "one 2 again.", "two 1 again.", "two 2 again."]);
    expect(await archive()).toMatchObject({ EventCount: 2 });
  });

  test("sends them to the rules that a replay names, in order, however many there are", async () => {
    await put(...Array.from({ length: 120 }, (_, i) => 100 + i));
    const FilterArns = ["arn:aws:events:us-east-1:000000000000:rule/shop/two"];
    await replay("many", { Destination: { Arn: busArn, FilterArns } });
    expect(await ended("many")).toBe(true);
    expect(await eventually(20, async () => (await lines("many")).length === 122)).toBe(true);
    expect((await lines("many")).filter((line) => line.startsWith("one"))).toEqual([]);
    const { Replays } = await events.send(new ListReplaysCommand({ State: "COMPLETED" }));
    expect(Replays?.map(({ ReplayName }) => ReplayName)).toEqual(["again", "many"]);
  });

  test("loses them when their time is over", async () => {
    clock.advance(2 * day + 1);
    expect(await archive()).toMatchObject({ EventCount: 0, SizeBytes: 0 });
    await put(7);
    await events.send(new UpdateArchiveCommand({ ArchiveName: "orders", RetentionDays: 0 }));
    clock.advance(30 * day);
    // Those that were over do not come back.
    expect(await archive()).toMatchObject({ EventCount: 1, RetentionDays: 0 });
  });
});

describe("a replay", () => {
  test.each([
    ["another bus", { Destination: { Arn: busArn.replace("shop", "default") } }, /Cross event bus replay/],
    ["no bus", { Destination: { Arn: archiveArn } }, /Must contain an event bus ARN/],
    ["an archive that is not there", { EventSourceArn: `${archiveArn}x` }, /Archive ordersx does not exist/],
    ["no time at all", { EventEndTime: new Date(0) }, /EventStartTime must be before EventEndTime/],
    [
      "a rule of another bus",
      { Destination: { Arn: busArn, FilterArns: [archiveArn] } },
      /no rule on the event bus/,
    ],
    ["a name that is taken", { ReplayName: "again" }, /Replay again already exists/],
  ])("is not started for %s", async (_name, input, message) => {
    await expect(replay("wrong", input)).rejects.toThrow(message);
  });

  test("that is over cannot be cancelled", async () => {
    await expect(events.send(new CancelReplayCommand({ ReplayName: "again" }))).rejects.toMatchObject({
      name: "IllegalStatusException",
    });
  });

  test("fails when its archive goes", async () => {
    await put(...Array.from({ length: 100 }, (_, i) => 1000 + i));
    await replay("late", { EventStartTime: new Date(0) });
    await events.send(new DeleteArchiveCommand({ ArchiveName: "orders" }));
    const state = async () =>
      (await events.send(new DescribeReplayCommand({ ReplayName: "late" }))).State ?? "";
    expect(await eventually(20, async () => /FAILED|COMPLETED/.test(await state()))).toBe(true);
    await expect(archive()).rejects.toThrow("Archive orders does not exist.");
  });
});
