import type * as logs from "@aws-sdk/client-cloudwatch-logs";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { uuid } from "../../../kernel/ids.ts";
import { logGroupOf, onLogGroup } from "../arn.ts";
import { logGroupExists, notServed } from "../faults.ts";
import { logGroupDocument } from "../groups.ts";
import type { LogsTables } from "../store.ts";
import { readTags, tagContext } from "../tags.ts";

/** Makes a log group. Encryption with a key of one's own is refused: it would not be true. */
export const createLogGroup: WriteOperation<typeof logs, "CreateLogGroup"> = {
  name: "CreateLogGroup",
  authorise: onLogGroup("logs:CreateLogGroup", tagContext),
  async commit(tx, ctx, input) {
    if (input.kmsKeyId !== undefined) throw notServed("Encryption of log groups with a KMS key (kmsKeyId)");
    if (input.logGroupClass === "DELIVERY") throw notServed("The log group class DELIVERY");
    const key = logGroupOf(input, ctx);
    const tags = readTags([], input.tags ?? {});
    const made = await tx
      .tables<LogsTables>()
      .insertInto("logs_group")
      .values({
        account: key.account,
        region: key.region,
        name: key.name,
        id: uuid(ctx.random),
        created_at: ctx.now,
        document: logGroupDocument({
          class: input.logGroupClass ?? "STANDARD",
          deletionProtected: input.deletionProtectionEnabled ?? false,
          tags,
        }),
      })
      .onConflict((conflict) => conflict.doNothing())
      .returning("id")
      .executeTakeFirst();
    if (made === undefined) throw logGroupExists();
    if (tags.length > 0) await tx.bumpEpoch(key.account);
    return {};
  },
};
