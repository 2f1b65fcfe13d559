import type * as kms from "@aws-sdk/client-kms";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { macOf } from "../asymmetric.ts";
import { dryRunSucceeded } from "../faults.ts";
import { onKey } from "../on-key.ts";
import { algorithmKey } from "../signing.ts";
import type { KeyUse } from "../symmetric.ts";

/** The code of a message under an HMAC key. */
export const generateMac = (use: KeyUse): ReadOperation<typeof kms, "GenerateMac"> => ({
  name: "GenerateMac",
  authorise: onKey("kms:GenerateMac", (input) => ({ "kms:MacAlgorithm": input.MacAlgorithm })),
  async read(ctx, { KeyId, MacAlgorithm, Message, DryRun }) {
    const { key, material } = await algorithmKey(
      ctx,
      use,
      "GenerateMac",
      "GENERATE_VERIFY_MAC",
      KeyId,
      MacAlgorithm,
    );
    if (DryRun === true) throw dryRunSucceeded();
    return { KeyId: key.arn, Mac: macOf(material, MacAlgorithm, Message), MacAlgorithm };
  },
});
