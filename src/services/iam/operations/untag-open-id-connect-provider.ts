import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { namedOidcProvider, requireOidcProvider, updateOidcProvider } from "../oidc-providers.ts";
import { readTags, untagged } from "../tags.ts";

/** Removes tags from an OpenID Connect provider. */
export const untagOpenIDConnectProvider: WriteOperation<typeof iam, "UntagOpenIDConnectProvider"> = {
  name: "UntagOpenIDConnectProvider",

  authorise: (input) => [
    {
      action: "iam:UntagOpenIDConnectProvider",
      ...namedOidcProvider(input.OpenIDConnectProviderArn),
      context: { "aws:TagKeys": input.TagKeys },
    },
  ],

  async commit(tx, { account }, input) {
    const { arn, tags } = await requireOidcProvider(tx, account, input.OpenIDConnectProviderArn);
    await updateOidcProvider(tx, arn, {
      tags: JSON.stringify(untagged(readTags(tags), input.TagKeys, "by case")),
    });
    return {};
  },
};
