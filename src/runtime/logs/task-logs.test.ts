import type { CreateLogStreamRequest, PutLogEventsRequest } from "@aws-sdk/client-cloudwatch-logs";
import { describe, expect, test } from "vitest";
import { systemClock } from "../../kernel/clock.ts";
import { Fault } from "../../kernel/fault.ts";
import { scriptedRole } from "../resources/role-client.testing.ts";
import { testContainer, testTask } from "../task.testing.ts";
import type { LogPosition } from "../task-engine/ports.ts";
import { datePattern } from "./datetime-format.ts";
import type { LogPositions } from "./position-files.ts";
import { createTaskLogs } from "./task-logs.ts";

/** The awslogs driver: what CloudWatch Logs is sent, with the execution role, and what happens when it refuses. */

const noGroup = () => new Fault("ResourceNotFoundException", "The specified log group does not exist.");

function positionsInMemory(): LogPositions & { readonly known: Map<string, LogPosition> } {
  const known = new Map<string, LogPosition>();
  return {
    known,
    read: async (container) => known.get(container),
    write: async (container, position) => void known.set(container, position),
  };
}

/** A log with its options, and what it sends. */
function world(
  options: Readonly<Record<string, string>>,
  answers: Parameters<typeof scriptedRole>[0] = {},
  positions = positionsInMemory(),
) {
  const losses: object[] = [];
  const { role, calls } = scriptedRole({
    CreateLogStream: () => ({}),
    CreateLogGroup: () => ({}),
    PutLogEvents: () => ({}),
    ...answers,
  });
  const logs = createTaskLogs({
    executionRole: () => role,
    positions,
    clock: systemClock,
    engineClock: systemClock,
    log: { info: () => undefined, error: (fields) => void losses.push(fields) },
    wait: async () => undefined,
  });
  const container = testContainer({
    logConfiguration: {
      logDriver: "awslogs",
      options: { "awslogs-group": "/ecs/web", "awslogs-region": "eu-west-1", ...options },
    },
  });
  const sent = () =>
    calls
      .filter(({ name }) => name === "PutLogEvents")
      .flatMap(({ input }) => (input as PutLogEventsRequest).logEvents ?? []);
  return { open: () => logs.logSink(testTask(), container), calls, sent, losses, positions };
}

const line = (text: string, at = 1000) => ({ stream: "stdout" as const, at, text });

/** Writes lines and closes. */
async function write(open: ReturnType<typeof world>["open"], lines: readonly ReturnType<typeof line>[]) {
  const sink = await open();
  for (const one of lines) await sink?.write(one);
  await sink?.close();
}

test("the stream is named after prefix, container and task, and made before anything runs", async () => {
  const { open, calls, sent } = world({ "awslogs-stream-prefix": "probe" });
  const sink = await open();
  expect(calls).toEqual([
    {
      name: "CreateLogStream",
      region: "eu-west-1",
      input: {
        logGroupName: "/ecs/web",
        logStreamName: "probe/app/0123456789abcdef0123456789abcdef",
      } satisfies CreateLogStreamRequest,
    },
  ]);
  await sink?.write(line("one"));
  await sink?.write(line(""));
  await sink?.write(line("two", 1001));
  await sink?.close();
  expect(sent()).toEqual([
    { timestamp: 1000, message: "one" },
    { timestamp: 1001, message: "two" },
  ]);
});

test("other drivers are the engine's", async () => {
  const { role } = scriptedRole({});
  const logs = createTaskLogs({
    executionRole: () => role,
    positions: positionsInMemory(),
    clock: systemClock,
    engineClock: systemClock,
    log: { info: () => undefined, error: () => undefined },
  });
  expect(await logs.logSink(testTask(), testContainer())).toBeUndefined();
});

describe("a stream that cannot be made ends the task with AWS's text", () => {
  test("the group is missing", async () => {
    const { open } = world({}, { CreateLogStream: () => Promise.reject(noGroup()) });
    await expect(open()).rejects.toThrow(
      "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: operation error CloudWatch Logs: CreateLogStream, https response error StatusCode: 400, api error ResourceNotFoundException: The specified log group does not exist. : exit status 1",
    );
  });

  test("the group is made when that is asked for", async () => {
    let made = false;
    const { open, calls } = world(
      { "awslogs-create-group": "true" },
      {
        CreateLogStream: () => (made ? {} : Promise.reject(noGroup())),
        CreateLogGroup: () => {
          made = true;
          return {};
        },
      },
    );
    await open();
    expect(calls.map(({ name }) => name)).toEqual(["CreateLogStream", "CreateLogGroup", "CreateLogStream"]);
  });

  test("a stream that is there already is used", async () => {
    const exists = new Fault("ResourceAlreadyExistsException", "The specified log stream already exists");
    const { open } = world({}, { CreateLogStream: () => Promise.reject(exists) });
    await expect(open()).resolves.toBeDefined();
  });
});

test("a multiline pattern tells where an event begins", async () => {
  const { open, sent } = world({ "awslogs-multiline-pattern": "^(INFO|ERROR)" });
  await write(open, [
    line("INFO a"),
    line("ERROR b", 2000),
    line("  at c", 2001),
    line("", 2001),
    line("INFO d", 3000),
  ]);
  expect(sent()).toEqual([
    { timestamp: 1000, message: "INFO a" },
    { timestamp: 2000, message: "ERROR b\n  at c\n" },
    { timestamp: 3000, message: "INFO d" },
  ]);
});

test.each([
  ["%Y-%m-%dT%H:%M:%S.%L", "2026-11-22T09:46:25.123 x", "at 2026"],
  ["[%b %-d, %Y %I:%M:%S %p]", "[Nov 2, 2026 09:46:25 AM] x", "[nov 2]"],
  ["%y/%j 100%%", "26/326 100%", "26/400"],
  ["%d.%m.%y (%A)", "22.11.26 (Sunday)", "22x11x26 (Sunday)"],
])("the date format %s begins an event", (format, begins, goesOn) => {
  expect(datePattern(format).test(begins)).toBe(true);
  expect(datePattern(format).test(goesOn)).toBe(false);
});

test("a long line is cut between characters, and nothing of it is lost", async () => {
  const { open, sent } = world({});
  const text = "€".repeat(200_000);
  await write(open, [line(text)]);
  const messages = sent().map(({ message }) => message ?? "");
  expect(messages.join("")).toBe(text);
  for (const message of messages) expect(Buffer.byteLength(message)).toBeLessThanOrEqual(262_144 - 26);
});

test("a batch holds no more than one call may, and all arrives in order", async () => {
  const { open, calls, sent } = world({ mode: "blocking", "max-buffer-size": "1m" });
  const lines = Array.from({ length: 12_000 }, (_, i) => line(`${i} ${"x".repeat(200)}`, 1000 + i));
  await write(open, lines);
  const batches = calls.filter(({ name }) => name === "PutLogEvents");
  expect(batches.length).toBeGreaterThan(2);
  for (const { input } of batches) {
    const { logEvents = [] } = input as PutLogEventsRequest;
    const size = logEvents.reduce((sum, { message = "" }) => sum + Buffer.byteLength(message) + 26, 0);
    expect(size).toBeLessThanOrEqual(1_048_576);
    expect(logEvents.length).toBeLessThanOrEqual(10_000);
  }
  expect(sent().map(({ message }) => message)).toEqual(lines.map(({ text }) => text));
});

test("a non-blocking log loses what its buffer cannot hold, and says how much", async () => {
  let release: () => void = () => undefined;
  const stuck = new Promise<object>((resolve) => {
    release = () => resolve({});
  });
  const { open, sent, losses } = world({ "max-buffer-size": "1k" }, { PutLogEvents: () => stuck });
  const sink = await open();
  for (let i = 0; i < 100; i++) expect(sink?.write(line("x".repeat(100), 1000 + i))).toBeUndefined();
  release();
  await sink?.close();
  const lost = losses.reduce((sum, one) => sum + (one as { count: number }).count, 0);
  expect(lost).toBeGreaterThan(0);
  expect(sent().length + lost).toBe(100);
});

test("a throttled batch is sent again, a refused one is given up", async () => {
  let tries = 0;
  const throttled = world(
    {},
    {
      PutLogEvents: () =>
        ++tries < 3 ? Promise.reject(new Fault("ThrottlingException", "Rate exceeded")) : {},
    },
  );
  await write(throttled.open, [line("a")]);
  expect(tries).toBe(3);
  expect(throttled.losses).toEqual([]);

  const denied = world({}, { PutLogEvents: () => Promise.reject(new Fault("AccessDeniedException", "no")) });
  await write(denied.open, [line("a")]);
  expect(denied.losses).toEqual([expect.objectContaining({ count: 1, container: "app" })]);
});

test("a stream that was deleted is made again", async () => {
  let gone = true;
  const { open, calls, losses } = world(
    {},
    {
      PutLogEvents: () => {
        if (!gone) return {};
        gone = false;
        return Promise.reject(noGroup());
      },
    },
  );
  await write(open, [line("a")]);
  expect(calls.map(({ name }) => name)).toEqual([
    "CreateLogStream",
    "PutLogEvents",
    "CreateLogStream",
    "PutLogEvents",
  ]);
  expect(losses).toEqual([]);
});

test("a sink that is opened again says how far the first came", async () => {
  const { open, positions } = world({});
  await write(open, [line("a", 5), line("b", 7), line("c", 7)]);
  expect((await open())?.resume).toEqual({ at: 7, count: 2 });
  await write(open, [line("d", 7)]);
  expect([...positions.known.values()]).toEqual([{ at: 7, count: 3 }]);
});
