import type * as logs from "@aws-sdk/client-cloudwatch-logs";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { logGroupOf, onLogGroup } from "../arn.ts";
import { changeLogGroup, needLogGroup } from "../groups.ts";

/** From now on the group keeps its events for ever. */
export const deleteRetentionPolicy: WriteOperation<typeof logs, "DeleteRetentionPolicy"> = {
  name: "DeleteRetentionPolicy",
  authorise: onLogGroup("logs:DeleteRetentionPolicy"),
  async commit(tx, ctx, input) {
    const group = await needLogGroup(tx, logGroupOf(input, ctx));
    await changeLogGroup(tx, group, { retention: undefined });
    return {};
  },
};
