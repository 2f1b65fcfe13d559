import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { namedSamlProvider, requireSamlProvider } from "../saml-providers.ts";
import { readTags, tagPage } from "../tags.ts";

/** The tags of a SAML provider. */
export const listSAMLProviderTags: ReadOperation<typeof iam, "ListSAMLProviderTags"> = {
  name: "ListSAMLProviderTags",

  authorise: (input) => [{ action: "iam:ListSAMLProviderTags", ...namedSamlProvider(input.SAMLProviderArn) }],

  async read({ rows, account }, input) {
    const provider = await requireSamlProvider(rows, account, input.SAMLProviderArn);
    return tagPage(readTags(provider.tags), input);
  },
};
