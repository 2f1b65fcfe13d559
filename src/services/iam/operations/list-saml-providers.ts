import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import type { IamTables } from "../store.ts";
import { wholeSeconds } from "../time.ts";

/** The account's SAML providers, all at once. */
export const listSAMLProviders: ReadOperation<typeof iam, "ListSAMLProviders"> = {
  name: "ListSAMLProviders",

  authorise: () => [{ action: "iam:ListSAMLProviders", resource: "*" }],

  async read({ rows, account }) {
    const providers = await rows
      .tables<IamTables>()
      .selectFrom("iam_saml_provider")
      .select(["arn", "created_at", "valid_until"])
      .where("account", "=", account)
      .orderBy("name_key")
      .execute();
    return {
      SAMLProviderList: providers.map((provider) => ({
        Arn: provider.arn,
        ValidUntil: wholeSeconds(provider.valid_until),
        CreateDate: wholeSeconds(provider.created_at),
      })),
    };
  },
};
