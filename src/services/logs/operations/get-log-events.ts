import type * as logs from "@aws-sdk/client-cloudwatch-logs";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { logGroupOf, onLogStream } from "../arn.ts";
import { type EventQuery, eventsBackward, eventsForward, keptFrom, type ReadEvent } from "../events.ts";
import { needLogGroup } from "../groups.ts";
import { PageMeter } from "../page-meter.ts";
import { comparePositions, readStreamToken, type StreamToken, streamToken } from "../position.ts";
import { needLogStream } from "../streams.ts";

/**
 * A page of one stream (API Reference, "GetLogEvents"): the newest events, or the oldest with `startFromHead`, or
 * those on either side of a token. The events of a page are always in order of time.
 * AWS: at the end of the stream the token that was given is answered again.
 */
export const getLogEvents: ReadOperation<typeof logs, "GetLogEvents"> = {
  name: "GetLogEvents",
  dataEvent: true,
  authorise: onLogStream("logs:GetLogEvents"),
  async read(ctx, input) {
    const given = input.nextToken === undefined ? undefined : readStreamToken(input.nextToken);
    const group = await needLogGroup(ctx.rows, logGroupOf(input, ctx));
    const { name: stream } = await needLogStream(ctx.rows, group.id, input.logStreamName);
    const direction = given?.direction ?? (input.startFromHead === true ? "forward" : "backward");
    const query: EventQuery = {
      groupId: group.id,
      streams: [stream],
      from: Math.max(
        input.startTime ?? 0,
        keptFrom(group, ctx.now),
        given?.direction === "forward" ? given.position.timestamp : 0,
      ),
      to: Math.min(
        // AWS: the end of the range is not in it.
        input.endTime === undefined ? Number.MAX_SAFE_INTEGER : input.endTime - 1,
        given?.direction === "backward" ? given.position.timestamp : Number.MAX_SAFE_INTEGER,
      ),
    };
    const events: ReadEvent[] = [];
    const meter = new PageMeter(input.limit);
    const found = direction === "forward" ? eventsForward(ctx.rows, query) : eventsBackward(ctx.rows, query);
    for await (const event of found) {
      if (given !== undefined && !isBeyond(event, given, stream)) continue;
      if (!meter.takes(event)) break;
      events.push(event);
    }
    if (direction === "backward") events.reverse();
    const [first] = events;
    const last = events[events.length - 1];
    const here = given?.position ?? { timestamp: Math.min(query.from, query.to), number: 0, index: 0 };
    return {
      events: events.map(({ position, message, ingestedAt }) => ({
        timestamp: position.timestamp,
        message,
        ingestionTime: ingestedAt,
      })),
      nextForwardToken: streamToken({ direction: "forward", position: last?.position ?? here }),
      nextBackwardToken: streamToken({ direction: "backward", position: first?.position ?? here }),
    };
  },
};

function isBeyond({ position }: ReadEvent, token: StreamToken, stream: string): boolean {
  const order = comparePositions(position, { ...token.position, stream });
  return token.direction === "forward" ? order > 0 : order < 0;
}
