import type * as kms from "@aws-sdk/client-kms";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { onKey } from "../on-key.ts";
import { needKey } from "../resolve.ts";

/** Whether and when a key's material is renewed. */
export const getKeyRotationStatus: ReadOperation<typeof kms, "GetKeyRotationStatus"> = {
  name: "GetKeyRotationStatus",
  authorise: onKey("kms:GetKeyRotationStatus"),
  async read(ctx, input) {
    const { arn, rotation, deleteAt } = await needKey(ctx.rows, ctx, input.KeyId);
    // AWS: a key that is to be deleted is not rotated.
    if (rotation === undefined || deleteAt !== undefined) return { KeyId: arn, KeyRotationEnabled: false };
    return {
      KeyId: arn,
      KeyRotationEnabled: true,
      RotationPeriodInDays: rotation.periodInDays,
      NextRotationDate: new Date(rotation.nextAt),
    };
  },
};
