import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { namedSamlProvider, requireSamlProvider, updateSamlProvider } from "../saml-providers.ts";
import { readTags, requestTagKeys, tagged } from "../tags.ts";

/** Adds tags to a SAML provider. */
export const tagSAMLProvider: WriteOperation<typeof iam, "TagSAMLProvider"> = {
  name: "TagSAMLProvider",

  authorise: (input) => [
    {
      action: "iam:TagSAMLProvider",
      ...namedSamlProvider(input.SAMLProviderArn),
      context: requestTagKeys(input.Tags),
    },
  ],

  async commit(tx, { account }, input) {
    const { arn, tags } = await requireSamlProvider(tx, account, input.SAMLProviderArn);
    await updateSamlProvider(tx, arn, {
      tags: JSON.stringify(tagged(readTags(tags), input.Tags, "by case")),
    });
    return {};
  },
};
