import type * as logs from "@aws-sdk/client-cloudwatch-logs";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { logGroupOf, onLogStream } from "../arn.ts";
import { appendEvents } from "../events.ts";
import { throughFilters } from "../filters/subscriptions.ts";
import { needLogGroup } from "../groups.ts";
import { takeIn } from "../intake.ts";
import { needLogStream, sequenceToken } from "../streams.ts";

/** Appends events to a stream. AWS: sequence tokens have not been looked at since January 2023. */
export const putLogEvents: WriteOperation<typeof logs, "PutLogEvents"> = {
  name: "PutLogEvents",
  dataEvent: true,
  authorise: onLogStream("logs:PutLogEvents"),
  async commit(tx, ctx, input) {
    const group = await needLogGroup(tx, logGroupOf(input, ctx));
    const stream = await needLogStream(tx, group.id, input.logStreamName);
    const intake = takeIn(input.logEvents, ctx.now, group.retention);
    await appendEvents(tx, stream, intake, ctx.now);
    await throughFilters(tx, group, stream.name, stream.batches + 1, intake.events);
    return {
      nextSequenceToken: sequenceToken(stream.batches + 1),
      ...(intake.rejected !== undefined && { rejectedLogEventsInfo: intake.rejected }),
    };
  },
};
