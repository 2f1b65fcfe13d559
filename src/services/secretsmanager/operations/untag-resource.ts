import type * as secretsmanager from "@aws-sdk/client-secrets-manager";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { withoutTags } from "../../../kernel/tags.ts";
import { changeSecret } from "../change-secret.ts";
import { onSecret } from "../on-secret.ts";
import { needOwnSecret } from "../secret.ts";

/** Removes tags from a secret; keys that it does not have are ignored. */
export const untagResource: WriteOperation<typeof secretsmanager, "UntagResource"> = {
  name: "UntagResource",
  authorise: onSecret("secretsmanager:UntagResource", ({ TagKeys }) => ({ "aws:TagKeys": TagKeys })),
  async commit(tx, ctx, input) {
    const secret = await needOwnSecret(tx, ctx, input.SecretId);
    await changeSecret(tx, ctx, secret, { tags: withoutTags(secret.tags, input.TagKeys) });
    await tx.bumpEpoch(secret.account);
    return {};
  },
};
