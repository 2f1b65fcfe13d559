import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { namedOidcProvider, requireOidcProvider, updateOidcProvider } from "../oidc-providers.ts";
import { readTags, requestTagKeys, tagged } from "../tags.ts";

/** Adds tags to an OpenID Connect provider. */
export const tagOpenIDConnectProvider: WriteOperation<typeof iam, "TagOpenIDConnectProvider"> = {
  name: "TagOpenIDConnectProvider",

  authorise: (input) => [
    {
      action: "iam:TagOpenIDConnectProvider",
      ...namedOidcProvider(input.OpenIDConnectProviderArn),
      context: requestTagKeys(input.Tags),
    },
  ],

  async commit(tx, { account }, input) {
    const { arn, tags } = await requireOidcProvider(tx, account, input.OpenIDConnectProviderArn);
    await updateOidcProvider(tx, arn, {
      tags: JSON.stringify(tagged(readTags(tags), input.Tags, "by case")),
    });
    return {};
  },
};
