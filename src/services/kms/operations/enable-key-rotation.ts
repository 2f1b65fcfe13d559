import type * as kms from "@aws-sdk/client-kms";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { onKey } from "../on-key.ts";
import { needKey } from "../resolve.ts";
import { defaultPeriod, needRotatable, scheduleRotation } from "../rotation.ts";

/** Has a key's material renewed every so many days. What older material encrypted stays readable. */
export const enableKeyRotation: WriteOperation<typeof kms, "EnableKeyRotation"> = {
  name: "EnableKeyRotation",
  authorise: onKey("kms:EnableKeyRotation", (input) => ({
    "kms:RotationPeriodInDays": String(input.RotationPeriodInDays ?? defaultPeriod),
  })),
  async commit(tx, ctx, input) {
    const key = await needKey(tx, ctx, input.KeyId);
    needRotatable(key);
    const period = input.RotationPeriodInDays ?? defaultPeriod;
    // AWS: enabling what is enabled with the same period does not put the next rotation off.
    if (key.rotation?.periodInDays !== period) await scheduleRotation(tx, ctx, key, period);
    return {};
  },
};
