import type { RoleOwner } from "../../../dispatch/service.ts";
import { formatArn } from "../../../kernel/arn.ts";
import type { AccountId, Region } from "../../../kernel/brand.ts";
import type { Rows } from "../../../store/types.ts";
import { pullThroughPrincipal } from "./rule.ts";
import type { PullThroughTables } from "./store.ts";

/** The regions and prefixes of an account's pull through cache rules. */
export async function rulesOfAccount(
  rows: Rows,
  account: AccountId,
): Promise<readonly { readonly region: Region; readonly prefix: string }[]> {
  const found = await rows
    .tables<PullThroughTables>()
    .selectFrom("ecr_pull_through_rule")
    .select(["region", "prefix"])
    .where("account", "=", account)
    .orderBy("region")
    .orderBy("prefix")
    .execute();
  return found.map(({ region, prefix }) => ({ region: region as Region, prefix }));
}

/** Who needs AWSServiceRoleForECRPullThroughCache: pull through cache rules, in any region. */
export const pullThroughRoleOwner: RoleOwner = {
  servicePrincipal: pullThroughPrincipal,
  createdBy: ["ecr:CreatePullThroughCacheRule"],
  async usage(rows, account) {
    const resources = new Map<Region, string[]>();
    for (const { region, prefix } of await rulesOfAccount(rows, account)) {
      const arns = resources.get(region) ?? [];
      arns.push(formatArn("ecr", region, account, `pull-through-cache-rule/${prefix}`));
      resources.set(region, arns);
    }
    return [...resources].map(([region, arns]) => ({ region, resources: arns }));
  },
};
