import type * as logs from "@aws-sdk/client-cloudwatch-logs";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { onLogs } from "../arn.ts";
import { notServed, policyNotFound } from "../faults.ts";
import type { LogsTables } from "../store.ts";

/** Removes a resource policy. What it allowed ends with the next call. */
export const deleteResourcePolicy: WriteOperation<typeof logs, "DeleteResourcePolicy"> = {
  name: "DeleteResourcePolicy",
  authorise: onLogs("logs:DeleteResourcePolicy"),
  async commit(tx, ctx, input) {
    if (input.resourceArn !== undefined) throw notServed("A policy of a single resource (resourceArn)");
    const name = input.policyName ?? "";
    const gone = await tx
      .tables<LogsTables>()
      .deleteFrom("logs_resource_policy")
      .where("account", "=", ctx.account)
      .where("region", "=", ctx.region)
      .where("name", "=", name)
      .executeTakeFirst();
    if (gone.numDeletedRows === 0n) throw policyNotFound(name);
    await tx.bumpEpoch(ctx.account);
    return {};
  },
};
