import type * as kms from "@aws-sdk/client-kms";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { isMac } from "../asymmetric.ts";
import { dryRunSucceeded } from "../faults.ts";
import { onKey } from "../on-key.ts";
import { algorithmKey } from "../signing.ts";
import type { KeyUse } from "../symmetric.ts";

/** Whether a code is the message's. AWS: one that is not is an error, not an answer. */
export const verifyMac = (use: KeyUse): ReadOperation<typeof kms, "VerifyMac"> => ({
  name: "VerifyMac",
  authorise: onKey("kms:VerifyMac", (input) => ({ "kms:MacAlgorithm": input.MacAlgorithm })),
  async read(ctx, { KeyId, MacAlgorithm, Message, Mac, DryRun }) {
    const { key, material } = await algorithmKey(
      ctx,
      use,
      "VerifyMac",
      "GENERATE_VERIFY_MAC",
      KeyId,
      MacAlgorithm,
    );
    if (DryRun === true) throw dryRunSucceeded();
    if (!isMac(material, MacAlgorithm, Message, Mac)) throw new Fault("KMSInvalidMacException", "");
    return { KeyId: key.arn, MacValid: true, MacAlgorithm };
  },
});
