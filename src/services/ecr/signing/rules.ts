import type * as ecr from "@aws-sdk/client-ecr";
import { Fault } from "../../../kernel/fault.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import type { RepositoryKey } from "../arn.ts";
import { matchesWildcard } from "../images/tag-mutability.ts";
import type { RegistryScope } from "../ports.ts";
import { columnsOf } from "../repositories/repository.ts";
import type { SigningStatusRow, SigningTables } from "./store.ts";

/** Which repositories have their images signed on push, and with what (User Guide, "Managed signing"). */
export interface SigningRule {
  readonly signingProfileArn: string;
  /** All repositories when left out. */
  readonly repositoryFilters?: readonly {
    readonly filter: string;
    readonly filterType: "WILDCARD_MATCH";
  }[];
}

/** Why nothing is signed here; the words are ours. */
const failure = {
  failure_code: "SigningServiceUnavailable",
  failure_reason:
    "AWS Signer is not served by Roadstead: the image was stored without a signature. Sign it with a client and push the signature.",
} as const;

/** The rules of a signing configuration, as they are kept. */
export function readSigningRules({ rules = [] }: ecr.SigningConfiguration): readonly SigningRule[] {
  return rules.map(({ signingProfileArn = "", repositoryFilters }) => ({
    signingProfileArn,
    repositoryFilters: repositoryFilters?.map(({ filter = "" }) => ({
      filter,
      filterType: "WILDCARD_MATCH" as const,
    })),
  }));
}

/** The rules as the API answers them. */
export function describeSigningRules(rules: readonly SigningRule[]): ecr.SigningConfiguration {
  return {
    rules: rules.map(({ signingProfileArn, repositoryFilters }) => ({
      signingProfileArn,
      repositoryFilters: repositoryFilters && [...repositoryFilters],
    })),
  };
}

/** The signing rules of a registry; `undefined` when it has no configuration. */
async function findSigningRules(
  rows: Rows,
  { account, region }: RegistryScope,
): Promise<readonly SigningRule[] | undefined> {
  const row = await rows
    .tables<SigningTables>()
    .selectFrom("ecr_signing_configuration")
    .select("rules")
    .where("account", "=", account)
    .where("region", "=", region)
    .executeTakeFirst();
  return row && (JSON.parse(row.rules) as readonly SigningRule[]);
}

/** The signing rules of a registry. Throws `SigningConfigurationNotFoundException`; its words are ours. */
export async function needSigningRules(rows: Rows, registry: RegistryScope): Promise<readonly SigningRule[]> {
  const rules = await findSigningRules(rows, registry);
  if (rules !== undefined) return rules;
  throw new Fault(
    "SigningConfigurationNotFoundException",
    `Signing configuration does not exist in the registry with id '${registry.account}'`,
  );
}

/** The profiles that a push to a repository is to be signed with, each once. */
export function signingProfiles(rules: readonly SigningRule[], repositoryName: string): readonly string[] {
  const matching = rules.filter(
    ({ repositoryFilters }) =>
      repositoryFilters?.some(({ filter }) => matchesWildcard(filter, repositoryName)) ?? true,
  );
  return [...new Set(matching.map(({ signingProfileArn }) => signingProfileArn))];
}

/**
 * Notes for a pushed image that the rules of its registry ask for signatures. Nothing here signs (AWS Signer is not
 * served), so each is FAILED from the start and says why.
 */
export async function noteSigning(tx: Tx, repository: RepositoryKey, digest: string): Promise<void> {
  const rules = await findSigningRules(tx, repository);
  const profiles = signingProfiles(rules ?? [], repository.name);
  if (profiles.length === 0) return;
  const image = { ...columnsOf(repository), digest };
  await tx
    .tables<SigningTables>()
    .insertInto("ecr_signing_status")
    .values(profiles.map((profile) => ({ ...image, profile, status: "FAILED" as const, ...failure })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** How the signing of an image ended, for each profile. */
export async function signingStatuses(
  rows: Rows,
  repository: RepositoryKey,
  digest: string,
): Promise<readonly SigningStatusRow[]> {
  return rows
    .tables<SigningTables>()
    .selectFrom("ecr_signing_status")
    .selectAll()
    .where((row) => row.and(columnsOf(repository)))
    .where("digest", "=", digest)
    .orderBy("profile")
    .execute();
}
