import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { namedOidcProvider, requireOidcProvider } from "../oidc-providers.ts";
import { apiTags, readTags } from "../tags.ts";
import { wholeSeconds } from "../time.ts";

/** An OpenID Connect provider. AWS: its URL is answered without `https://`. */
export const getOpenIDConnectProvider: ReadOperation<typeof iam, "GetOpenIDConnectProvider"> = {
  name: "GetOpenIDConnectProvider",

  authorise: (input) => [
    { action: "iam:GetOpenIDConnectProvider", ...namedOidcProvider(input.OpenIDConnectProviderArn) },
  ],

  async read({ rows, account }, input) {
    const provider = await requireOidcProvider(rows, account, input.OpenIDConnectProviderArn);
    return {
      Url: provider.url,
      ClientIDList: JSON.parse(provider.client_ids) as string[],
      ThumbprintList: JSON.parse(provider.thumbprints) as string[],
      CreateDate: wholeSeconds(provider.created_at),
      Tags: apiTags(readTags(provider.tags)),
    };
  },
};
