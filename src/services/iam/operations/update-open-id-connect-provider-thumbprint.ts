import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import {
  keptThumbprints,
  namedOidcProvider,
  requireOidcProvider,
  updateOidcProvider,
} from "../oidc-providers.ts";

/** Replaces a provider's list of thumbprints. */
export const updateOpenIDConnectProviderThumbprint: WriteOperation<
  typeof iam,
  "UpdateOpenIDConnectProviderThumbprint"
> = {
  name: "UpdateOpenIDConnectProviderThumbprint",

  authorise: (input) => [
    {
      action: "iam:UpdateOpenIDConnectProviderThumbprint",
      ...namedOidcProvider(input.OpenIDConnectProviderArn),
    },
  ],

  async commit(tx, { account }, input) {
    const { arn } = await requireOidcProvider(tx, account, input.OpenIDConnectProviderArn);
    await updateOidcProvider(tx, arn, { thumbprints: keptThumbprints(input.ThumbprintList) });
    return {};
  },
};
