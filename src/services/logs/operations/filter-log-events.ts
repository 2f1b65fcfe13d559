import type * as logs from "@aws-sdk/client-cloudwatch-logs";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import type { Rows } from "../../../store/types.ts";
import { logGroupOf, onLogGroup } from "../arn.ts";
import { eventsForward, keptFrom } from "../events.ts";
import { invalidParameter, notServed } from "../faults.ts";
import { filterPattern } from "../filter/pattern.ts";
import { needLogGroup } from "../groups.ts";
import { PageMeter } from "../page-meter.ts";
import { prefixEnd } from "../paging.ts";
import { comparePositions, eventId, filterToken, type Position, readFilterToken } from "../position.ts";
import type { LogsTables } from "../store.ts";
import { needLogStream } from "../streams.ts";

/** Events looked at for one answer. AWS: a page may be short, or empty, and still have a token. */
const mostLookedAt = 100_000;
/** Streams that a prefix may select: they are named in one query. */
const mostStreams = 1_000;

/** The events of a group's streams that match a pattern, in order of time, whichever stream they are in. */
export const filterLogEvents: ReadOperation<typeof logs, "FilterLogEvents"> = {
  name: "FilterLogEvents",
  dataEvent: true,
  authorise: onLogGroup("logs:FilterLogEvents"),
  async read(ctx, input) {
    if (input.logStreamNames !== undefined && input.logStreamNamePrefix !== undefined) {
      throw invalidParameter("You cannot specify both logStreamNames and logStreamNamePrefix.");
    }
    if (input.startFromHead === false)
      throw notServed("FilterLogEvents from the newest event (startFromHead false)");
    const pattern = filterPattern(input.filterPattern ?? "");
    const after = input.nextToken === undefined ? undefined : readFilterToken(input.nextToken);
    const group = await needLogGroup(ctx.rows, logGroupOf(input, ctx));
    const streams = await selectedStreams(ctx.rows, group.id, input);

    const meter = new PageMeter(input.limit);
    const events: logs.FilteredLogEvent[] = [];
    const found = eventsForward(ctx.rows, {
      groupId: group.id,
      ...(streams !== undefined && { streams }),
      from: Math.max(input.startTime ?? 0, keptFrom(group, ctx.now), after?.timestamp ?? 0),
      to: input.endTime ?? Number.MAX_SAFE_INTEGER,
    });
    let lookedAt = 0;
    let last: Position | undefined = after;
    let nextToken: string | undefined;
    for await (const event of found) {
      if (after !== undefined && comparePositions(event.position, after) <= 0) continue;
      const matches = lookedAt < mostLookedAt && pattern.matches(event.message);
      if (lookedAt === mostLookedAt || (matches && !meter.takes(event))) {
        nextToken = last && filterToken(last);
        break;
      }
      lookedAt++;
      last = event.position;
      if (!matches) continue;
      events.push({
        logStreamName: event.position.stream,
        timestamp: event.position.timestamp,
        message: event.message,
        ingestionTime: event.ingestedAt,
        eventId: eventId(event.position),
      });
    }
    // AWS: which streams have been searched is no longer said.
    return { events, searchedLogStreams: [], ...(nextToken !== undefined && { nextToken }) };
  },
};

/** The streams that are asked for; all of them when `undefined`. Throws `ResourceNotFoundException`. */
async function selectedStreams(
  rows: Rows,
  groupId: string,
  input: { readonly logStreamNames?: readonly string[]; readonly logStreamNamePrefix?: string },
): Promise<readonly string[] | undefined> {
  if (input.logStreamNames !== undefined) {
    const streams = await Promise.all(input.logStreamNames.map((name) => needLogStream(rows, groupId, name)));
    return streams.map(({ name }) => name);
  }
  const prefix = input.logStreamNamePrefix;
  if (prefix === undefined) return undefined;
  const found = await rows
    .tables<LogsTables>()
    .selectFrom("logs_stream")
    .select("name")
    .where("group_id", "=", groupId)
    .where("name", ">=", prefix)
    .where("name", "<", prefixEnd(prefix) ?? "")
    .orderBy("name")
    .limit(mostStreams + 1)
    .execute();
  if (found.length > mostStreams) {
    // Ours: so that a page is never silently short of streams.
    throw invalidParameter(`logStreamNamePrefix selects more than ${mostStreams} streams.`);
  }
  return found.map(({ name }) => name);
}
