import type * as logs from "@aws-sdk/client-cloudwatch-logs";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { logGroupOf, onLogStream } from "../arn.ts";
import { needLogGroup } from "../groups.ts";
import type { LogsTables } from "../store.ts";
import { needLogStream } from "../streams.ts";

/** Removes a log stream with its events. */
export const deleteLogStream: WriteOperation<typeof logs, "DeleteLogStream"> = {
  name: "DeleteLogStream",
  authorise: onLogStream("logs:DeleteLogStream"),
  async commit(tx, ctx, input) {
    const group = await needLogGroup(tx, logGroupOf(input, ctx));
    const stream = await needLogStream(tx, group.id, input.logStreamName);
    const tables = tx.tables<LogsTables>();
    await tables
      .deleteFrom("logs_batch")
      .where("group_id", "=", group.id)
      .where("stream", "=", stream.name)
      .execute();
    await tables
      .deleteFrom("logs_stream")
      .where("group_id", "=", group.id)
      .where("name", "=", stream.name)
      .execute();
    return {};
  },
};
