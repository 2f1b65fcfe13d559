import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { namedSamlProvider, requireSamlProvider, updateSamlProvider } from "../saml-providers.ts";
import { readTags, untagged } from "../tags.ts";

/** Removes tags from a SAML provider. */
export const untagSAMLProvider: WriteOperation<typeof iam, "UntagSAMLProvider"> = {
  name: "UntagSAMLProvider",

  authorise: (input) => [
    {
      action: "iam:UntagSAMLProvider",
      ...namedSamlProvider(input.SAMLProviderArn),
      context: { "aws:TagKeys": input.TagKeys },
    },
  ],

  async commit(tx, { account }, input) {
    const { arn, tags } = await requireSamlProvider(tx, account, input.SAMLProviderArn);
    await updateSamlProvider(tx, arn, {
      tags: JSON.stringify(untagged(readTags(tags), input.TagKeys, "by case")),
    });
    return {};
  },
};
