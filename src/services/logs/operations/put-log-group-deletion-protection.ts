import type * as logs from "@aws-sdk/client-cloudwatch-logs";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { logGroupOf, onLogGroup } from "../arn.ts";
import { changeLogGroup, needLogGroup } from "../groups.ts";

/** Protects a group from deletion, or no longer. */
export const putLogGroupDeletionProtection: WriteOperation<typeof logs, "PutLogGroupDeletionProtection"> = {
  name: "PutLogGroupDeletionProtection",
  authorise: onLogGroup("logs:PutLogGroupDeletionProtection"),
  async commit(tx, ctx, input) {
    const group = await needLogGroup(tx, logGroupOf(input, ctx));
    await changeLogGroup(tx, group, { deletionProtected: input.deletionProtectionEnabled });
    return {};
  },
};
