import type * as kms from "@aws-sdk/client-kms";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { onKey } from "../on-key.ts";
import { needKey } from "../resolve.ts";

/** The names of a key's policies: there is one, called `default`. */
export const listKeyPolicies: ReadOperation<typeof kms, "ListKeyPolicies"> = {
  name: "ListKeyPolicies",
  authorise: onKey("kms:ListKeyPolicies"),
  async read(ctx, input) {
    await needKey(ctx.rows, ctx, input.KeyId);
    return { PolicyNames: ["default"], Truncated: false };
  },
};
