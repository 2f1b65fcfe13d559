import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import {
  keptClientIds,
  namedOidcProvider,
  requireOidcProvider,
  updateOidcProvider,
} from "../oidc-providers.ts";

/** Takes a client from a provider. AWS: one that is not there is no error. */
export const removeClientIDFromOpenIDConnectProvider: WriteOperation<
  typeof iam,
  "RemoveClientIDFromOpenIDConnectProvider"
> = {
  name: "RemoveClientIDFromOpenIDConnectProvider",

  authorise: (input) => [
    {
      action: "iam:RemoveClientIDFromOpenIDConnectProvider",
      ...namedOidcProvider(input.OpenIDConnectProviderArn),
    },
  ],

  async commit(tx, { account }, input) {
    const provider = await requireOidcProvider(tx, account, input.OpenIDConnectProviderArn);
    const have = JSON.parse(provider.client_ids) as string[];
    await updateOidcProvider(tx, provider.arn, {
      client_ids: keptClientIds(have.filter((id) => id !== input.ClientID)),
    });
    return {};
  },
};
