import type * as kms from "@aws-sdk/client-kms";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { day } from "../../../kernel/duration.ts";
import { invalid } from "../faults.ts";
import { changeKey, needOwn, needStaying } from "../key.ts";
import { onKey } from "../on-key.ts";
import { needKey } from "../resolve.ts";
import { keyDeletionQueue, type ScheduledJob } from "../scheduled.ts";

const longest = 30;

/** Deletes a key after a waiting period of 7 to 30 days, in which it cannot be used. */
export const scheduleKeyDeletion: WriteOperation<typeof kms, "ScheduleKeyDeletion"> = {
  name: "ScheduleKeyDeletion",
  authorise: onKey("kms:ScheduleKeyDeletion", (input) => ({
    "kms:ScheduleKeyDeletionPendingWindowInDays": String(input.PendingWindowInDays ?? longest),
  })),
  async commit(tx, ctx, input) {
    const days = input.PendingWindowInDays ?? longest;
    if (days < 7 || days > longest)
      throw invalid("PendingWindowInDays must be between 7 and 30 (inclusive).");
    const key = await needKey(tx, ctx, input.KeyId);
    needOwn(key);
    needStaying(key);
    const at = ctx.now + days * day;
    await changeKey(tx, key, {}, { delete_at: at });
    const payload: ScheduledJob = { keyId: key.keyId, at };
    const place = { account: key.account, region: key.region };
    await tx.enqueue({ queue: keyDeletionQueue, key: `${key.arn} ${at}`, ...place, payload, notBefore: at });
    return {
      KeyId: key.arn,
      DeletionDate: new Date(at),
      KeyState: "PendingDeletion",
      PendingWindowInDays: days,
    };
  },
};
