import { formatArn, parseArn } from "../../kernel/arn.ts";
import type { AccountId, Arn } from "../../kernel/brand.ts";
import { Fault } from "../../kernel/fault.ts";
import type { Rows, Tx } from "../../store/types.ts";
import type { NamedResource } from "./named-resource.ts";
import type { OidcProviderRow } from "./provider-store.ts";
import { quotaExceeded, quotas } from "./quotas.ts";
import type { IamTables } from "./store.ts";

/** `arn:aws:iam::<account>:oidc-provider/<url without https://>`. */
export function oidcProviderArn(account: AccountId, url: string): Arn {
  return formatArn("iam", "", account, `oidc-provider/${url}`);
}

/**
 * The URL of a provider as IAM keeps it: without its scheme. It begins with `https://` and has no query (API Reference,
 * "CreateOpenIDConnectProvider"). A port is taken, though AWS advises against one: issuers on one's own machine have
 * them.
 * @throws ValidationError
 */
export function keptProviderUrl(given: string): string {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  const usable =
    url !== undefined &&
    given.startsWith("https://") &&
    !/[?#\s\\]/.test(given) &&
    url.username === "" &&
    url.password === "" &&
    url.hostname !== "";
  if (!usable) throw new Fault("ValidationError", "Invalid Open ID Connect Provider URL");
  return given.slice("https://".length).replace(/\/$/, "");
}

/** The client ids of a provider. Throws `LimitExceeded` above the quota. */
export function keptClientIds(ids: readonly string[]): string {
  const kept = [...new Set(ids)];
  if (kept.length > quotas.ClientIdsPerOpenIdConnectProvider) {
    throw quotaExceeded("ClientIdsPerOpenIdConnectProvider", quotas.ClientIdsPerOpenIdConnectProvider);
  }
  return JSON.stringify(kept);
}

/** Thumbprints that one provider can have (IAM User Guide, "IAM and STS quotas"). */
const mostThumbprints = 5;

/** The thumbprints of a provider. Throws `InvalidInput` above five. */
export function keptThumbprints(thumbprints: readonly string[]): string {
  if (thumbprints.length > mostThumbprints) {
    throw new Fault("InvalidInput", "Thumbprint list must contain fewer than 5 entries.");
  }
  return JSON.stringify(thumbprints.map((thumbprint) => thumbprint.toLowerCase()));
}

/** The provider that a call names. Throws `ValidationError` for an ARN of something else. */
export function namedOidcProvider(arn: string): NamedResource {
  const parts = parseArn(arn);
  if (parts?.service !== "iam" || !parts.resource.startsWith("oidc-provider/")) {
    throw new Fault("ValidationError", `${arn} is invalid`);
  }
  return { resource: arn };
}

/** The provider of that ARN, if it is the account's own. */
function findOidcProvider(rows: Rows, account: AccountId, arn: string): Promise<OidcProviderRow | undefined> {
  return rows
    .tables<IamTables>()
    .selectFrom("iam_oidc_provider")
    .selectAll()
    .where("account", "=", account)
    .where("arn", "=", arn as Arn)
    .executeTakeFirst();
}

/** The provider; throws `NoSuchEntity`. */
export async function requireOidcProvider(
  rows: Rows,
  account: AccountId,
  arn: string,
): Promise<OidcProviderRow> {
  const found = await findOidcProvider(rows, account, arn);
  if (found === undefined) {
    throw new Fault("NoSuchEntity", `OpenIDConnect Provider not found for arn ${arn}`);
  }
  return found;
}

/** Changes columns of a provider. */
export async function updateOidcProvider(
  tx: Tx,
  arn: Arn,
  change: Partial<Pick<OidcProviderRow, "client_ids" | "thumbprints" | "tags">>,
): Promise<void> {
  await tx.tables<IamTables>().updateTable("iam_oidc_provider").set(change).where("arn", "=", arn).execute();
}
