import type * as ecr from "@aws-sdk/client-ecr";
import { Fault } from "../../../kernel/fault.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import { matchesWildcard } from "../images/tag-mutability.ts";
import type { RegistryScope } from "../ports.ts";
import type { Repository } from "../repositories/repository.ts";
import type { ScanTables } from "./store.ts";

/** Which repositories are scanned on push (User Guide, "Using filters"). */
export interface ScanningRule {
  readonly scanFrequency: "SCAN_ON_PUSH";
  readonly repositoryFilters: readonly ScanningFilter[];
}

export interface ScanningFilter {
  readonly filter: string;
  readonly filterType: "WILDCARD";
}

/**
 * The rules that a request asks for. Throws `ValidationException` for what cannot be kept here: enhanced scanning is
 * Amazon Inspector's, continuous scanning is a part of it, and there is one rule for a frequency. The words are ours.
 */
export function readScanningRules(
  input: ecr.PutRegistryScanningConfigurationRequest,
): readonly ScanningRule[] {
  const { scanType = "BASIC", rules = [] } = input;
  if (scanType !== "BASIC") {
    throw new Fault(
      "ValidationException",
      "scanType ENHANCED is not served by Roadstead: enhanced scanning is done by Amazon Inspector. Use BASIC.",
    );
  }
  if (rules.length > 1) {
    throw new Fault(
      "ValidationException",
      "rules: with scanType BASIC there can be only one rule, SCAN_ON_PUSH",
    );
  }
  return rules.map(({ scanFrequency, repositoryFilters = [] }) => {
    if (scanFrequency !== "SCAN_ON_PUSH") {
      throw new Fault(
        "ValidationException",
        `rules: scanFrequency ${scanFrequency} is not supported with scanType BASIC; use SCAN_ON_PUSH`,
      );
    }
    const filters = repositoryFilters.map(({ filter = "" }) => ({ filter, filterType: "WILDCARD" as const }));
    return { scanFrequency, repositoryFilters: filters };
  });
}

/** The scanning rules of a registry; none until some are put. */
export async function findScanningRules(
  rows: Rows,
  { account, region }: RegistryScope,
): Promise<readonly ScanningRule[]> {
  const row = await rows
    .tables<ScanTables>()
    .selectFrom("ecr_scanning_configuration")
    .select("rules")
    .where("account", "=", account)
    .where("region", "=", region)
    .executeTakeFirst();
  return row === undefined ? [] : (JSON.parse(row.rules) as readonly ScanningRule[]);
}

/** Replaces the scanning rules of a registry. */
export async function setScanningRules(
  tx: Tx,
  { account, region }: RegistryScope,
  rules: readonly ScanningRule[],
): Promise<void> {
  const document = JSON.stringify(rules);
  await tx
    .tables<ScanTables>()
    .insertInto("ecr_scanning_configuration")
    .values({ account, region, rules: document })
    .onConflict((conflict) => conflict.columns(["account", "region"]).doUpdateSet({ rules: document }))
    .execute();
}

/** The rules as the API answers them. */
export function describeScanningRules(rules: readonly ScanningRule[]): ecr.RegistryScanningConfiguration {
  return {
    scanType: "BASIC",
    rules: rules.map(({ scanFrequency, repositoryFilters }) => ({
      scanFrequency,
      repositoryFilters: [...repositoryFilters],
    })),
  };
}

/** The filters of the rules that take a repository in. */
export function appliedFilters(
  rules: readonly ScanningRule[],
  repositoryName: string,
): readonly ScanningFilter[] {
  return rules
    .flatMap(({ repositoryFilters }) => repositoryFilters)
    .filter(({ filter }) => matchesScanningFilter(filter, repositoryName));
}

/** Whether pushes to a repository are scanned: its own setting says so, or a rule of the registry. */
export function scansOnPush(
  rules: readonly ScanningRule[],
  { name, scanOnPush }: Pick<Repository, "name" | "scanOnPush">,
): boolean {
  return scanOnPush || appliedFilters(rules, name).length > 0;
}

/** AWS: a filter without `*` takes in every repository whose name contains it (User Guide, "Filter wildcards"). */
function matchesScanningFilter(filter: string, repositoryName: string): boolean {
  return filter.includes("*") ? matchesWildcard(filter, repositoryName) : repositoryName.includes(filter);
}
