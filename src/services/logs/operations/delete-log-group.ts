import type * as logs from "@aws-sdk/client-cloudwatch-logs";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { logGroupOf, onLogGroup } from "../arn.ts";
import { expiryJob } from "../expiry.ts";
import { invalidParameter } from "../faults.ts";
import { removeFilters } from "../filters/filter-store.ts";
import { needLogGroup } from "../groups.ts";
import type { LogsTables } from "../store.ts";

/** Removes a log group at once; its events are unreachable from then on and go in the background. */
export const deleteLogGroup: WriteOperation<typeof logs, "DeleteLogGroup"> = {
  name: "DeleteLogGroup",
  authorise: onLogGroup("logs:DeleteLogGroup"),
  async commit(tx, ctx, input) {
    const group = await needLogGroup(tx, logGroupOf(input, ctx));
    // Ours: AWS's words are not recorded.
    if (group.deletionProtected) throw invalidParameter("The log group is protected from deletion.");
    await tx.tables<LogsTables>().deleteFrom("logs_group").where("id", "=", group.id).execute();
    await removeFilters(tx, group.id);
    await tx.enqueue(expiryJob(group, group.id, ctx.now));
    // What was cached of its tags must not outlive it.
    if (group.tags.length > 0) await tx.bumpEpoch(group.account);
    return {};
  },
};
