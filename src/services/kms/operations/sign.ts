import type * as kms from "@aws-sdk/client-kms";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { signMessage } from "../asymmetric.ts";
import { dryRunSucceeded } from "../faults.ts";
import { onKey } from "../on-key.ts";
import { signingContext, signingKey } from "../signing.ts";
import type { KeyUse } from "../symmetric.ts";

/** Signs a message with a private key, which does not leave. */
export const sign = (use: KeyUse): ReadOperation<typeof kms, "Sign"> => ({
  name: "Sign",
  authorise: onKey("kms:Sign", signingContext),
  async read(ctx, input) {
    const { key, material } = await signingKey(ctx, use, "Sign", input);
    if (input.DryRun === true) throw dryRunSucceeded();
    return {
      KeyId: key.arn,
      Signature: signMessage(material, input.SigningAlgorithm, input.Message),
      SigningAlgorithm: input.SigningAlgorithm,
    };
  },
});
