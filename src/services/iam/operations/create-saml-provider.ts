import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { uuid } from "../../../kernel/ids.ts";
import { nameKey } from "../entities.ts";
import type { SamlProviderRow } from "../provider-store.ts";
import { quotaExceeded, quotas } from "../quotas.ts";
import { readSamlMetadata, validUntil } from "../saml-metadata.ts";
import { refuseEncryption, samlProviderArn } from "../saml-providers.ts";
import type { IamTables } from "../store.ts";
import { apiTags, creationPermissions, givenTags } from "../tags.ts";

/** Makes an identity provider of SAML 2.0 from its metadata. */
export const createSAMLProvider: WriteOperation<typeof iam, "CreateSAMLProvider"> = {
  name: "CreateSAMLProvider",

  authorise: (input, ctx) =>
    creationPermissions(
      { create: "iam:CreateSAMLProvider", tag: "iam:TagSAMLProvider" },
      { resource: samlProviderArn(ctx.account, input.Name) },
      input.Tags,
    ),

  async commit(tx, { account, now, random }, input) {
    refuseEncryption(input);
    const tags = givenTags(input.Tags, "by case");
    const metadata = readSamlMetadata(input.SAMLMetadataDocument);
    const row: SamlProviderRow = {
      account,
      name_key: nameKey(input.Name),
      name: input.Name,
      arn: samlProviderArn(account, input.Name),
      id: uuid(random).replaceAll("-", "").toUpperCase(),
      metadata: input.SAMLMetadataDocument,
      document: JSON.stringify(metadata),
      tags: JSON.stringify(tags),
      created_at: now,
      valid_until: validUntil(metadata, now),
    };
    const tables = tx.tables<IamTables>();
    const made = await tables
      .insertInto("iam_saml_provider")
      .values(row)
      .onConflict((conflict) => conflict.columns(["account", "name_key"]).doNothing())
      .returning("arn")
      .executeTakeFirst();
    if (made === undefined) {
      throw new Fault("EntityAlreadyExists", `Provider with name ${input.Name} already exists.`);
    }
    const { providers } = await tables
      .selectFrom("iam_saml_provider")
      .select((query) => query.fn.countAll<number>().as("providers"))
      .where("account", "=", account)
      .executeTakeFirstOrThrow();
    if (Number(providers) > quotas.SAMLProviders) {
      throw quotaExceeded("SAMLProvidersPerAccount", quotas.SAMLProviders);
    }
    return { SAMLProviderArn: row.arn, Tags: tags.length === 0 ? undefined : apiTags(tags) };
  },
};
