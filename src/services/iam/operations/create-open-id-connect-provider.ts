import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { keptClientIds, keptProviderUrl, keptThumbprints, oidcProviderArn } from "../oidc-providers.ts";
import type { IamPorts } from "../ports.ts";
import type { OidcProviderRow } from "../provider-store.ts";
import { quotaExceeded, quotas } from "../quotas.ts";
import type { IamTables } from "../store.ts";
import { apiTags, creationPermissions, givenTags } from "../tags.ts";

/**
 * Makes an identity provider of OpenID Connect. AWS: where no thumbprint is given, that of the server is taken. Here a
 * provider that cannot be reached has none, and a known certificate authority must vouch for it.
 */
export const createOpenIDConnectProvider = ({
  serverThumbprint,
}: IamPorts): WriteOperation<typeof iam, "CreateOpenIDConnectProvider", readonly string[]> => ({
  name: "CreateOpenIDConnectProvider",

  async prepare(_ctx, input) {
    if (input.ThumbprintList !== undefined && input.ThumbprintList.length > 0) return input.ThumbprintList;
    const found = await serverThumbprint(`https://${keptProviderUrl(input.Url)}`);
    return found === undefined ? [] : [found];
  },

  authorise: (input, ctx) =>
    creationPermissions(
      { create: "iam:CreateOpenIDConnectProvider", tag: "iam:TagOpenIDConnectProvider" },
      { resource: oidcProviderArn(ctx.account, keptProviderUrl(input.Url)) },
      input.Tags,
    ),

  async commit(tx, { account, now }, input, thumbprints) {
    const tags = givenTags(input.Tags, "by case");
    const url = keptProviderUrl(input.Url);
    const row: OidcProviderRow = {
      account,
      url_key: url.toLowerCase(),
      url,
      arn: oidcProviderArn(account, url),
      client_ids: keptClientIds(input.ClientIDList ?? []),
      thumbprints: keptThumbprints(thumbprints),
      tags: JSON.stringify(tags),
      created_at: now,
    };
    const tables = tx.tables<IamTables>();
    const made = await tables
      .insertInto("iam_oidc_provider")
      .values(row)
      .onConflict((conflict) => conflict.columns(["account", "url_key"]).doNothing())
      .returning("arn")
      .executeTakeFirst();
    if (made === undefined) {
      throw new Fault("EntityAlreadyExists", `Provider with url ${input.Url} already exists.`);
    }
    const { providers } = await tables
      .selectFrom("iam_oidc_provider")
      .select((query) => query.fn.countAll<number>().as("providers"))
      .where("account", "=", account)
      .executeTakeFirstOrThrow();
    if (Number(providers) > quotas.OpenIdConnectProviders) {
      throw quotaExceeded("OpenIdConnectProvidersPerAccount", quotas.OpenIdConnectProviders);
    }
    return {
      OpenIDConnectProviderArn: row.arn,
      Tags: tags.length === 0 ? undefined : apiTags(tags),
    };
  },
});
