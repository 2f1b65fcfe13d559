import type * as kms from "@aws-sdk/client-kms";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { publicKeyOf } from "../asymmetric.ts";
import { unsupported } from "../faults.ts";
import { describeKey } from "../key.ts";
import { openMaterial } from "../material.ts";
import { onKey } from "../on-key.ts";
import { type KeyUse, usableKey } from "../symmetric.ts";

/** The public half of an asymmetric key. */
export const getPublicKey = (use: KeyUse): ReadOperation<typeof kms, "GetPublicKey"> => ({
  name: "GetPublicKey",
  authorise: onKey("kms:GetPublicKey"),
  async read(ctx, input) {
    const key = await usableKey(ctx, use, input.KeyId);
    if (key.spec === "SYMMETRIC_DEFAULT" || key.spec.startsWith("HMAC")) {
      throw unsupported(`${key.arn} key spec is ${key.spec} which is not valid for GetPublicKey.`);
    }
    const opened = await openMaterial(ctx.rows, use.sealer, key);
    if (opened === undefined) throw new Error(`${key.arn} has no material`);
    const { CustomerMasterKeySpec, KeySpec, KeyUsage, EncryptionAlgorithms, SigningAlgorithms } =
      describeKey(key);
    return {
      KeyId: key.arn,
      PublicKey: publicKeyOf(opened.material),
      CustomerMasterKeySpec,
      KeySpec,
      KeyUsage,
      EncryptionAlgorithms,
      SigningAlgorithms,
    };
  },
});
