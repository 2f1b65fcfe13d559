import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  PutLogEventsCommand,
  PutRetentionPolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { movableClock } from "../../src/kernel/clock.ts";
import { day, hour, minute } from "../../src/kernel/duration.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

/** Log events page by page in both directions, and gone when their retention is over. */

const clock = movableClock();
const stream = { logGroupName: "group", logStreamName: "stream" };
let roadstead: TestRoadstead;
let logs: CloudWatchLogsClient;
let began: number;

beforeAll(async () => {
  roadstead = await testRoadstead({}, { clock });
  logs = new CloudWatchLogsClient(roadstead.client());
  await logs.send(new CreateLogGroupCommand({ logGroupName: "group" }));
  await logs.send(new CreateLogStreamCommand(stream));
  began = clock.now() - hour;
  // Two calls whose times overlap: what is read is one order.
  for (const odd of [0, 1]) await put([1, 3, 5, 7, 9].map((n) => n - odd));
});

afterAll(async () => {
  logs?.destroy();
  await roadstead?.stop();
});

const put = (numbers: readonly number[]) =>
  logs.send(
    new PutLogEventsCommand({
      ...stream,
      logEvents: numbers.map((n) => ({ timestamp: began + n * minute, message: `line ${n}` })),
    }),
  );

async function page(more: { nextToken?: string; startFromHead?: boolean; limit?: number }) {
  const answer = await logs.send(new GetLogEventsCommand({ ...stream, ...more }));
  const lines = (answer.events ?? []).map(({ message = "" }) => Number(message.slice("line ".length)));
  return { lines, forward: answer.nextForwardToken ?? "", backward: answer.nextBackwardToken ?? "" };
}

describe("GetLogEvents", { timeout: 60_000 }, () => {
  test("goes forward to the end, where it answers the same token, and on when more has come", async () => {
    const pages: (readonly number[])[] = [];
    let at = await page({ startFromHead: true, limit: 4 });
    for (let given = ""; at.forward !== given; at = await page({ nextToken: given, limit: 4 })) {
      pages.push(at.lines);
      given = at.forward;
    }
    expect(pages).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9],
    ]);
    expect(at.lines).toEqual([]);
    await put([10]);
    expect((await page({ nextToken: at.forward })).lines).toEqual([10]);
  });

  test("goes backward from the newest to the beginning, where it answers the same token", async () => {
    const pages: (readonly number[])[] = [];
    let at = await page({ limit: 4 });
    for (let given = ""; at.backward !== given; at = await page({ nextToken: given, limit: 4 })) {
      pages.push(at.lines);
      given = at.backward;
    }
    expect(pages).toEqual([
      [7, 8, 9, 10],
      [3, 4, 5, 6],
      [0, 1, 2],
    ]);
    expect(at.lines).toEqual([]);
  });

  test("turns round: each token leads to the page beside", async () => {
    const first = await page({ startFromHead: true, limit: 3 });
    const second = await page({ nextToken: first.forward, limit: 3 });
    expect(second.lines).toEqual([3, 4, 5]);
    expect((await page({ nextToken: second.backward, limit: 3 })).lines).toEqual([0, 1, 2]);
    expect((await page({ nextToken: second.forward, limit: 3 })).lines).toEqual([6, 7, 8]);
    // AWS: the token says the direction, whatever startFromHead says.
    expect((await page({ nextToken: second.backward, limit: 2, startFromHead: true })).lines).toEqual([1, 2]);
  });

  test("of an empty stream answers tokens that stay, until events come", async () => {
    const empty = { logGroupName: "group", logStreamName: "empty" };
    await logs.send(new CreateLogStreamCommand(empty));
    for (const startFromHead of [true, false]) {
      const { events, nextForwardToken: nextToken } = await logs.send(
        new GetLogEventsCommand({ ...empty, startFromHead }),
      );
      expect(events).toEqual([]);
      const again = await logs.send(new GetLogEventsCommand({ ...empty, nextToken }));
      expect([again.events, again.nextForwardToken]).toEqual([[], nextToken]);
    }
    const { nextForwardToken: nextToken } = await logs.send(new GetLogEventsCommand(empty));
    await logs.send(
      new PutLogEventsCommand({ ...empty, logEvents: [{ timestamp: clock.now(), message: "first" }] }),
    );
    const { events } = await logs.send(new GetLogEventsCommand({ ...empty, nextToken }));
    expect(events).toMatchObject([{ message: "first" }]);
  });
});

describe("a retention", { timeout: 60_000 }, () => {
  test("hides events at once when it is over, and removes them soon after", async () => {
    await logs.send(new PutRetentionPolicyCommand({ logGroupName: "group", retentionInDays: 1 }));
    expect((await page({})).lines).toHaveLength(11);
    clock.advance(day - hour + 5.5 * minute);
    expect((await page({})).lines).toEqual([6, 7, 8, 9, 10]);
    const { events = [] } = await logs.send(
      new FilterLogEventsCommand({ logGroupName: "group", logStreamNames: ["stream"] }),
    );
    expect(events).toHaveLength(5);
    clock.advance(2 * hour);
    expect((await page({})).lines).toEqual([]);
    await expect
      .poll(
        async () => {
          const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({}));
          return logGroups.map(({ storedBytes }) => storedBytes);
        },
        { timeout: 20_000 },
      )
      .toEqual([0]);
  });
});
