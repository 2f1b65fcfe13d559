import type * as secretsmanager from "@aws-sdk/client-secrets-manager";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { changeSecret } from "../change-secret.ts";
import { onSecret } from "../on-secret.ts";
import { needOwnSecret } from "../secret.ts";
import { readTags, requestedTags, tagContext } from "../tags.ts";

/** Adds tags to a secret, or gives those it has other values. */
export const tagResource: WriteOperation<typeof secretsmanager, "TagResource"> = {
  name: "TagResource",
  authorise: onSecret("secretsmanager:TagResource", ({ Tags }) => tagContext(requestedTags(Tags))),
  async commit(tx, ctx, input) {
    const secret = await needOwnSecret(tx, ctx, input.SecretId);
    await changeSecret(tx, ctx, secret, { tags: readTags(secret.tags, input.Tags) });
    await tx.bumpEpoch(secret.account);
    return {};
  },
};
