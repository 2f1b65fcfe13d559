import type * as kms from "@aws-sdk/client-kms";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { dryRunSucceeded } from "../faults.ts";
import { removeGrant } from "../grant-removal.ts";
import { onKey, viaService } from "../on-key.ts";
import { needKey } from "../resolve.ts";

/** Ends a grant, by those who rule the key. */
export const revokeGrant: WriteOperation<typeof kms, "RevokeGrant"> = {
  name: "RevokeGrant",
  authorise: onKey("kms:RevokeGrant", (_input, ctx) => ({
    "kms:GrantIsForAWSResource": String(viaService(ctx) !== undefined),
  })),
  async commit(tx, ctx, input) {
    const key = await needKey(tx, ctx, input.KeyId);
    if (input.DryRun === true) throw dryRunSucceeded();
    await removeGrant(tx, key, input.GrantId);
    return {};
  },
};
