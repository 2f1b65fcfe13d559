import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { namedSamlProvider, requireSamlProvider } from "../saml-providers.ts";
import { apiTags, readTags } from "../tags.ts";
import { wholeSeconds } from "../time.ts";

/** A SAML provider with its metadata. */
export const getSAMLProvider: ReadOperation<typeof iam, "GetSAMLProvider"> = {
  name: "GetSAMLProvider",

  authorise: (input) => [{ action: "iam:GetSAMLProvider", ...namedSamlProvider(input.SAMLProviderArn) }],

  async read({ rows, account }, input) {
    const provider = await requireSamlProvider(rows, account, input.SAMLProviderArn);
    return {
      SAMLProviderUUID: provider.id,
      SAMLMetadataDocument: provider.metadata,
      CreateDate: wholeSeconds(provider.created_at),
      ValidUntil: wholeSeconds(provider.valid_until),
      Tags: apiTags(readTags(provider.tags)),
    };
  },
};
