import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { namedOidcProvider } from "../oidc-providers.ts";
import type { IamTables } from "../store.ts";

/** Deletes an OpenID Connect provider. AWS: that there is none is no error (API Reference: "idempotent"). */
export const deleteOpenIDConnectProvider: WriteOperation<typeof iam, "DeleteOpenIDConnectProvider"> = {
  name: "DeleteOpenIDConnectProvider",

  authorise: (input) => [
    { action: "iam:DeleteOpenIDConnectProvider", ...namedOidcProvider(input.OpenIDConnectProviderArn) },
  ],

  async commit(tx, { account }, input) {
    await tx
      .tables<IamTables>()
      .deleteFrom("iam_oidc_provider")
      .where("account", "=", account)
      .where("arn", "=", input.OpenIDConnectProviderArn as IamTables["iam_oidc_provider"]["arn"])
      .execute();
    return {};
  },
};
