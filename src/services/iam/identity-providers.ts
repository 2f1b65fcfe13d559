import type { AccountId, Arn } from "../../kernel/brand.ts";
import type { Rows } from "../../store/types.ts";
import type { SamlMetadata } from "./saml-metadata.ts";
import type { IamTables } from "./store.ts";

/** The OpenID Connect provider of an account for an issuer (`https://…`), or `undefined`. */
export async function openIdConnectProvider(
  rows: Rows,
  account: AccountId,
  issuer: string,
): Promise<
  | {
      readonly arn: Arn;
      readonly url: string;
      readonly clientIds: readonly string[];
      readonly thumbprints: readonly string[];
    }
  | undefined
> {
  if (!issuer.startsWith("https://")) return undefined;
  const url = issuer.slice("https://".length).replace(/\/$/, "");
  const row = await rows
    .tables<IamTables>()
    .selectFrom("iam_oidc_provider")
    .selectAll()
    .where("account", "=", account)
    .where("url", "=", url)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    arn: row.arn,
    url: row.url,
    clientIds: JSON.parse(row.client_ids) as string[],
    thumbprints: JSON.parse(row.thumbprints) as string[],
  };
}

/** The SAML provider of that ARN, or `undefined`. */
export async function samlProvider(
  rows: Rows,
  arn: string,
): Promise<
  | {
      readonly arn: Arn;
      readonly issuer: string;
      readonly certificates: readonly string[];
      readonly validUntil: number;
    }
  | undefined
> {
  const row = await rows
    .tables<IamTables>()
    .selectFrom("iam_saml_provider")
    .selectAll()
    .where("arn", "=", arn as Arn)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { issuer, certificates } = JSON.parse(row.document) as SamlMetadata;
  return { arn: row.arn, issuer, certificates, validUntil: row.valid_until };
}

/** How many identity providers, of both kinds, an account has. */
export async function countProviders(rows: Rows, account: AccountId): Promise<number> {
  const tables = rows.tables<IamTables>();
  const counts = await Promise.all(
    (["iam_oidc_provider", "iam_saml_provider"] as const).map((table) =>
      tables
        .selectFrom<"iam_oidc_provider" | "iam_saml_provider">(table)
        .select((query) => query.fn.countAll<number>().as("count"))
        .where("account", "=", account)
        .executeTakeFirstOrThrow(),
    ),
  );
  return counts.reduce((sum, { count }) => sum + Number(count), 0);
}
