import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import type { IamTables } from "../store.ts";

/** The account's OpenID Connect providers, all at once. */
export const listOpenIDConnectProviders: ReadOperation<typeof iam, "ListOpenIDConnectProviders"> = {
  name: "ListOpenIDConnectProviders",

  authorise: () => [{ action: "iam:ListOpenIDConnectProviders", resource: "*" }],

  async read({ rows, account }) {
    const providers = await rows
      .tables<IamTables>()
      .selectFrom("iam_oidc_provider")
      .select("arn")
      .where("account", "=", account)
      .orderBy("url_key")
      .execute();
    return { OpenIDConnectProviderList: providers.map(({ arn }) => ({ Arn: arn })) };
  },
};
