import { setTimeout as wait } from "node:timers/promises";
import type * as logs from "@aws-sdk/client-cloudwatch-logs";
import type { PrepareContext } from "../../../dispatch/context.ts";
import type { InputOf, ReadOperation } from "../../../dispatch/operation.ts";
import { hour } from "../../../kernel/duration.ts";
import { Fault } from "../../../kernel/fault.ts";
import { uuid } from "../../../kernel/ids.ts";
import type { Rows } from "../../../store/types.ts";
import { logGroupArn, logGroupOf, onLogGroup } from "../arn.ts";
import { invalidParameter } from "../faults.ts";
import { filterPattern } from "../filter/pattern.ts";
import { type LogGroup, needLogGroup } from "../groups.ts";
import type { StoredEvent } from "../intake.ts";
import type { LogStreamRow, LogsTables } from "../store.ts";

/** API Reference, "StartLiveTail": groups of a session, its length, events of one update, and how often one comes. */
const mostGroups = 10;
const longest = 3 * hour;
const mostEvents = 500;
const every = 1000;

type Input = InputOf<typeof logs, "StartLiveTail">;

/** Shows events as they come: every second those of the streams that were asked for and meet the pattern. */
export const startLiveTail: ReadOperation<typeof logs, "StartLiveTail"> = {
  name: "StartLiveTail",
  dataEvent: true,
  authorise: ({ logGroupIdentifiers }, ctx) =>
    logGroupIdentifiers.flatMap((logGroupIdentifier) =>
      onLogGroup("logs:StartLiveTail")({ logGroupIdentifier }, ctx),
    ),
  async read(ctx, input) {
    if (input.logGroupIdentifiers.length > mostGroups) {
      throw invalidParameter(`A session takes at most ${mostGroups} log groups.`);
    }
    const { logStreamNames, logStreamNamePrefixes } = input;
    if (logStreamNames !== undefined && logStreamNamePrefixes !== undefined) {
      throw invalidParameter("You cannot specify both logStreamNames and logStreamNamePrefixes.");
    }
    if (
      (logStreamNames !== undefined || logStreamNamePrefixes !== undefined) &&
      input.logGroupIdentifiers.length > 1
    ) {
      throw invalidParameter("Log streams can be specified for one log group only.");
    }
    filterPattern(input.logEventFilterPattern ?? "");
    const groups = await Promise.all(
      input.logGroupIdentifiers.map((identifier) => {
        const logGroupIdentifier = identifier.replace(/:\*$/, "");
        return needLogGroup(ctx.rows, logGroupOf({ logGroupIdentifier }, ctx));
      }),
    );
    return { responseStream: session(ctx, input, groups) };
  },
};

async function* session(
  ctx: PrepareContext,
  input: Input,
  groups: readonly LogGroup[],
): AsyncGenerator<logs.StartLiveTailResponseStream> {
  const pattern = filterPattern(input.logEventFilterPattern ?? "");
  const seen = new Map((await streamsOf(ctx.rows, groups)).map((stream) => [keyOf(stream), stream.batches]));
  yield {
    sessionStart: {
      requestId: ctx.requestId,
      sessionId: uuid(ctx.random),
      logGroupIdentifiers: groups.map(logGroupArn),
      logStreamNames: input.logStreamNames ?? [],
      logStreamNamePrefixes: input.logStreamNamePrefixes ?? [],
      logEventFilterPattern: input.logEventFilterPattern ?? "",
    },
  };
  for (let passed = 0; passed < longest; passed += every) {
    await wait(every);
    const found: logs.LiveTailSessionLogEvent[] = [];
    for (const stream of await streamsOf(ctx.rows, groups)) {
      const before = seen.get(keyOf(stream)) ?? 0;
      if (stream.batches === before) continue;
      seen.set(keyOf(stream), stream.batches);
      const group = groups.find(({ id }) => id === stream.group_id);
      if (group === undefined || !isWanted(stream.name, input)) continue;
      for (const { events, ingested_at } of await batchesAfter(ctx.rows, stream, before)) {
        for (const [timestamp, message] of JSON.parse(events) as readonly StoredEvent[]) {
          if (!pattern.matches(message)) continue;
          found.push({
            logStreamName: stream.name,
            logGroupIdentifier: logGroupArn(group),
            message,
            timestamp,
            ingestionTime: ingested_at,
          });
        }
      }
    }
    yield {
      sessionUpdate: {
        // AWS: more than 500 events a second are sampled.
        sessionMetadata: { sampled: found.length > mostEvents },
        sessionResults: found.slice(0, mostEvents),
      },
    };
  }
  throw new Fault("SessionTimeoutException", "This session has timed out after 3 hours.");
}

function isWanted(name: string, { logStreamNames, logStreamNamePrefixes }: Input): boolean {
  if (logStreamNames !== undefined) return logStreamNames.includes(name);
  return logStreamNamePrefixes?.some((prefix) => name.startsWith(prefix)) ?? true;
}

function keyOf({ group_id, name }: LogStreamRow): string {
  return `${group_id} ${name}`;
}

function streamsOf(rows: Rows, groups: readonly LogGroup[]): Promise<LogStreamRow[]> {
  return rows
    .tables<LogsTables>()
    .selectFrom("logs_stream")
    .selectAll()
    .where(
      "group_id",
      "in",
      groups.map(({ id }) => id),
    )
    .execute();
}

function batchesAfter(rows: Rows, { group_id, name, batches }: LogStreamRow, after: number) {
  return rows
    .tables<LogsTables>()
    .selectFrom("logs_batch")
    .select(["events", "ingested_at"])
    .where("group_id", "=", group_id)
    .where("stream", "=", name)
    .where("number", ">", after)
    .where("number", "<=", batches)
    .orderBy("number")
    .execute();
}
