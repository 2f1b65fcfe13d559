import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { readSamlMetadata, validUntil } from "../saml-metadata.ts";
import {
  namedSamlProvider,
  refuseEncryption,
  requireSamlProvider,
  updateSamlProvider,
} from "../saml-providers.ts";

/** Replaces a provider's metadata: from now on the certificates of the new document are the ones that count. */
export const updateSAMLProvider: WriteOperation<typeof iam, "UpdateSAMLProvider"> = {
  name: "UpdateSAMLProvider",

  authorise: (input) => [{ action: "iam:UpdateSAMLProvider", ...namedSamlProvider(input.SAMLProviderArn) }],

  async commit(tx, { account, now }, input) {
    refuseEncryption(input);
    const { arn } = await requireSamlProvider(tx, account, input.SAMLProviderArn);
    if (input.SAMLMetadataDocument !== undefined) {
      const metadata = readSamlMetadata(input.SAMLMetadataDocument);
      await updateSamlProvider(tx, arn, {
        metadata: input.SAMLMetadataDocument,
        document: JSON.stringify(metadata),
        valid_until: validUntil(metadata, now),
      });
    }
    return { SAMLProviderArn: arn };
  },
};
