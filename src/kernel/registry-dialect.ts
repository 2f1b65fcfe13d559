import { isAccountId } from "./account.ts";
import type { AccountId, Region } from "./brand.ts";
import { isRegion } from "./region.ts";

/** Whose ways a registry has on `/v2/`: Amazon ECR's, or those of the OCI distribution-spec. */
export type RegistryDialect = "ecr" | "oci";

/** Which registries speak a dialect: all, those of an account, or one. */
export interface DialectRule {
  readonly account?: AccountId;
  readonly region?: Region;
  readonly dialect: RegistryDialect;
}

/**
 * Reads `oci`, `111122223333=oci` (the registries of an account) or `111122223333.eu-west-1=oci` (one registry).
 * @returns `undefined` for anything else.
 */
export function parseDialectRule(text: string): DialectRule | undefined {
  const parts = text.split("=");
  const [where, dialect] = parts.length === 1 ? [undefined, text] : parts;
  if (parts.length > 2 || (dialect !== "ecr" && dialect !== "oci")) return undefined;
  if (where === undefined) return { dialect };
  const account = where.slice(0, 12);
  if (!isAccountId(account)) return undefined;
  if (where.length === 12) return { account, dialect };
  const region = where.slice(13);
  return where[12] === "." && isRegion(region) ? { account, region, dialect } : undefined;
}

/**
 * The dialect of a registry: the rule that names the registry, else its account's, else the general one, else `ecr`.
 * Among equals the last one counts.
 * @param registry `undefined` for a request that names none.
 */
export function dialectOf(
  rules: readonly DialectRule[],
  registry: { readonly account: AccountId; readonly region: Region } | undefined,
): RegistryDialect {
  const fitting = rules.filter(
    (rule) =>
      (rule.account === undefined || rule.account === registry?.account) &&
      (rule.region === undefined || rule.region === registry?.region),
  );
  for (const named of [2, 1, 0]) {
    const rule = fitting.findLast((one) => exactness(one) === named);
    if (rule !== undefined) return rule.dialect;
  }
  return "ecr";
}

function exactness(rule: DialectRule): number {
  return (rule.account === undefined ? 0 : 1) + (rule.region === undefined ? 0 : 1);
}
