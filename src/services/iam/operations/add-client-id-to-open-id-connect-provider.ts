import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import {
  keptClientIds,
  namedOidcProvider,
  requireOidcProvider,
  updateOidcProvider,
} from "../oidc-providers.ts";

/** Lets a provider's tokens be for one more client. AWS: one that is there already is no error. */
export const addClientIDToOpenIDConnectProvider: WriteOperation<
  typeof iam,
  "AddClientIDToOpenIDConnectProvider"
> = {
  name: "AddClientIDToOpenIDConnectProvider",

  authorise: (input) => [
    {
      action: "iam:AddClientIDToOpenIDConnectProvider",
      ...namedOidcProvider(input.OpenIDConnectProviderArn),
    },
  ],

  async commit(tx, { account }, input) {
    const provider = await requireOidcProvider(tx, account, input.OpenIDConnectProviderArn);
    const have = JSON.parse(provider.client_ids) as string[];
    await updateOidcProvider(tx, provider.arn, { client_ids: keptClientIds([...have, input.ClientID]) });
    return {};
  },
};
