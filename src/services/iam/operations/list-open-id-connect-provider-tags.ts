import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { namedOidcProvider, requireOidcProvider } from "../oidc-providers.ts";
import { readTags, tagPage } from "../tags.ts";

/** The tags of an OpenID Connect provider. */
export const listOpenIDConnectProviderTags: ReadOperation<typeof iam, "ListOpenIDConnectProviderTags"> = {
  name: "ListOpenIDConnectProviderTags",

  authorise: (input) => [
    { action: "iam:ListOpenIDConnectProviderTags", ...namedOidcProvider(input.OpenIDConnectProviderArn) },
  ],

  async read({ rows, account }, input) {
    const provider = await requireOidcProvider(rows, account, input.OpenIDConnectProviderArn);
    return tagPage(readTags(provider.tags), input);
  },
};
