import type * as kms from "@aws-sdk/client-kms";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { isSigned } from "../asymmetric.ts";
import { dryRunSucceeded } from "../faults.ts";
import { onKey } from "../on-key.ts";
import { signingContext, signingKey } from "../signing.ts";
import type { KeyUse } from "../symmetric.ts";

/** Whether a message was signed with a key. AWS: a signature that does not hold is an error, not an answer. */
export const verify = (use: KeyUse): ReadOperation<typeof kms, "Verify"> => ({
  name: "Verify",
  authorise: onKey("kms:Verify", signingContext),
  async read(ctx, input) {
    const { key, material } = await signingKey(ctx, use, "Verify", input);
    if (input.DryRun === true) throw dryRunSucceeded();
    if (!isSigned(material, input.SigningAlgorithm, input.Message, input.Signature)) {
      throw new Fault("KMSInvalidSignatureException", "");
    }
    return { KeyId: key.arn, SignatureValid: true, SigningAlgorithm: input.SigningAlgorithm };
  },
});
