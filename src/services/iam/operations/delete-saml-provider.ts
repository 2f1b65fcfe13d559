import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { namedSamlProvider, requireSamlProvider } from "../saml-providers.ts";
import type { IamTables } from "../store.ts";

/** Deletes a SAML provider. Roles that trust it stay, and can no longer be taken through it. */
export const deleteSAMLProvider: WriteOperation<typeof iam, "DeleteSAMLProvider"> = {
  name: "DeleteSAMLProvider",

  authorise: (input) => [{ action: "iam:DeleteSAMLProvider", ...namedSamlProvider(input.SAMLProviderArn) }],

  async commit(tx, { account }, input) {
    const { arn } = await requireSamlProvider(tx, account, input.SAMLProviderArn);
    await tx.tables<IamTables>().deleteFrom("iam_saml_provider").where("arn", "=", arn).execute();
    return {};
  },
};
