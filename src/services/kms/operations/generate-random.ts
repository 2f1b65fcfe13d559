import type * as kms from "@aws-sdk/client-kms";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { unsupported } from "../faults.ts";
import { refuseRecipient } from "../recipient.ts";

/** Unpredictable bytes. */
export const generateRandom: ReadOperation<typeof kms, "GenerateRandom"> = {
  name: "GenerateRandom",
  authorise: () => [{ action: "kms:GenerateRandom", resource: "*" }],
  async read(ctx, input) {
    refuseRecipient(input);
    if (input.CustomKeyStoreId !== undefined) throw unsupported("There are no custom key stores here.");
    return { Plaintext: ctx.random.bytes(input.NumberOfBytes ?? 32) };
  },
};
