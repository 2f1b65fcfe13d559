import type * as ecr from "@aws-sdk/client-ecr";
import type { AccountId, Region } from "../../../kernel/brand.ts";
import type { Rows } from "../../../store/types.ts";
import type { RepositoryKey } from "../arn.ts";
import { matchingPrefixes, rootPrefix } from "../creation-templates/creation-templates.ts";
import type { RegistryScope } from "../ports.ts";
import { ruleNotFound } from "./faults.ts";
import type { PullThroughRuleRow, PullThroughTables } from "./store.ts";

/** The service that pulls from upstream registries, and whose service-linked role it acts as. */
export const pullThroughPrincipal = "pullthroughcache.ecr.amazonaws.com";

/** The name of the role's session, as CloudTrail shows it. */
export const pullThroughSession = "ecr-pull-through-cache";

/** What a rule says, as it was given. */
export interface RuleDocument {
  readonly ecrRepositoryPrefix: string;
  readonly upstreamRegistryUrl: string;
  readonly upstreamRegistry?: ecr.UpstreamRegistry;
  readonly credentialArn?: string;
  readonly customRoleArn?: string;
  readonly upstreamRepositoryPrefix: string;
}

/** A pull through cache rule of a registry. */
export interface PullThroughRule extends RegistryScope, RuleDocument {
  /** Without a slash at its end. */
  readonly prefix: string;
  /** Epoch ms. */
  readonly createdAt: number;
  /** Epoch ms. */
  readonly updatedAt: number;
}

/** AWS: a slash is always assumed at the end of a prefix, so one that is written makes no difference. */
export function prefixKey(prefix: string): string {
  return prefix.endsWith("/") ? prefix.slice(0, -1) : prefix;
}

/**
 * The upstream repository that a repository caches: what stands behind the rule's prefix, behind the upstream's prefix
 * (User Guide, "Customizing repository prefixes for ECR to ECR pull through cache").
 */
export function upstreamName(
  rule: Pick<PullThroughRule, "prefix" | "upstreamRepositoryPrefix">,
  name: string,
): string {
  const rest = rule.prefix === rootPrefix ? name : name.slice(rule.prefix.length + 1);
  const prefix = prefixKey(rule.upstreamRepositoryPrefix);
  return prefix === rootPrefix ? rest : `${prefix}/${rest}`;
}

/** Reads a row. */
export function ruleFrom(row: PullThroughRuleRow): PullThroughRule {
  return {
    account: row.account as AccountId,
    region: row.region as Region,
    prefix: row.prefix,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    ...(JSON.parse(row.document) as RuleDocument),
  };
}

/** The document of a rule, as its row keeps it. */
export function documentOf(rule: RuleDocument): string {
  const { ecrRepositoryPrefix, upstreamRegistryUrl, upstreamRegistry, credentialArn, customRoleArn } = rule;
  const { upstreamRepositoryPrefix } = rule;
  const document: RuleDocument = {
    ecrRepositoryPrefix,
    upstreamRegistryUrl,
    upstreamRegistry,
    credentialArn,
    customRoleArn,
    upstreamRepositoryPrefix,
  };
  return JSON.stringify(document);
}

/** The rule that covers a repository: the one with the longest prefix. One indexed query. */
export async function findRule(rows: Rows, repository: RepositoryKey): Promise<PullThroughRule | undefined> {
  const prefixes = matchingPrefixes(repository.name);
  const found = await rows
    .tables<PullThroughTables>()
    .selectFrom("ecr_pull_through_rule")
    .selectAll()
    .where("account", "=", repository.account)
    .where("region", "=", repository.region)
    .where("prefix", "in", prefixes)
    .execute();
  const [best] = prefixes.flatMap((prefix) => found.filter((row) => row.prefix === prefix));
  return best && ruleFrom(best);
}

/** The rule with a prefix. Throws `PullThroughCacheRuleNotFoundException`. */
export async function needRule(
  rows: Rows,
  registry: RegistryScope,
  prefix: string,
): Promise<PullThroughRule> {
  const row = await rows
    .tables<PullThroughTables>()
    .selectFrom("ecr_pull_through_rule")
    .selectAll()
    .where("account", "=", registry.account)
    .where("region", "=", registry.region)
    .where("prefix", "=", prefixKey(prefix))
    .executeTakeFirst();
  if (row === undefined) throw ruleNotFound(registry, prefix);
  return ruleFrom(row);
}

/** A rule as the API answers it, without its times. */
export function describeRule(rule: PullThroughRule) {
  return {
    ecrRepositoryPrefix: rule.ecrRepositoryPrefix,
    upstreamRegistryUrl: rule.upstreamRegistryUrl,
    registryId: rule.account,
    upstreamRegistry: rule.upstreamRegistry,
    credentialArn: rule.credentialArn,
    customRoleArn: rule.customRoleArn,
    // AWS: the default is not told (Terraform would replace a rule that comes back with more than it was given).
    upstreamRepositoryPrefix:
      rule.upstreamRepositoryPrefix === rootPrefix ? undefined : rule.upstreamRepositoryPrefix,
  } satisfies ecr.PullThroughCacheRule;
}
