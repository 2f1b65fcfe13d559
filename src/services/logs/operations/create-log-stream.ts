import type * as logs from "@aws-sdk/client-cloudwatch-logs";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { logGroupOf, onLogStream } from "../arn.ts";
import { logStreamExists } from "../faults.ts";
import { needLogGroup } from "../groups.ts";
import type { LogsTables } from "../store.ts";

/** Makes a log stream in a group. */
export const createLogStream: WriteOperation<typeof logs, "CreateLogStream"> = {
  name: "CreateLogStream",
  authorise: onLogStream("logs:CreateLogStream"),
  async commit(tx, ctx, input) {
    const group = await needLogGroup(tx, logGroupOf(input, ctx));
    const made = await tx
      .tables<LogsTables>()
      .insertInto("logs_stream")
      .values({
        group_id: group.id,
        name: input.logStreamName,
        created_at: ctx.now,
        batches: 0,
        bytes: 0,
        first_event: 0,
        last_event: 0,
        last_ingested: 0,
      })
      .onConflict((conflict) => conflict.doNothing())
      .returning("name")
      .executeTakeFirst();
    if (made === undefined) throw logStreamExists();
    return {};
  },
};
