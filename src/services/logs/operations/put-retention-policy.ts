import type * as logs from "@aws-sdk/client-cloudwatch-logs";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { logGroupOf, onLogGroup } from "../arn.ts";
import { expiryJob, retentions } from "../expiry.ts";
import { invalidParameter } from "../faults.ts";
import { changeLogGroup, needLogGroup } from "../groups.ts";

/** Says for how many days a group keeps its events. */
export const putRetentionPolicy: WriteOperation<typeof logs, "PutRetentionPolicy"> = {
  name: "PutRetentionPolicy",
  authorise: onLogGroup("logs:PutRetentionPolicy"),
  async commit(tx, ctx, input) {
    const group = await needLogGroup(tx, logGroupOf(input, ctx));
    const retention = input.retentionInDays;
    if (!retentions.has(retention)) {
      throw invalidParameter(
        `1 validation error detected: Value '${retention}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [${[...retentions].join(", ")}]`,
      );
    }
    await changeLogGroup(tx, group, { retention });
    await tx.enqueue(expiryJob(group, group.id, ctx.now));
    return {};
  },
};
