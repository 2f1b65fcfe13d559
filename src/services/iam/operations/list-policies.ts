import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import type { AccountId } from "../../../kernel/brand.ts";
import type { Rows } from "../../../store/types.ts";
import { nameKey } from "../entities.ts";
import type { ManagedPolicySummary } from "../managed-policy-catalogue.ts";
import { pageMembers, pageOfSorted, pageRequest } from "../paging.ts";
import { apiPolicy, isAwsManaged, summaryOf } from "../policies.ts";
import { type PolicyUsage, usageOfAll } from "../policy-usage.ts";
import type { IamPorts } from "../ports.ts";
import type { IamTables } from "../store.ts";

const unused: PolicyUsage = { attachments: 0, boundaries: 0 };

/** Managed policies: first the account's own, then AWS's, each in the order of their names. */
export const listPolicies = ({ managedPolicies }: IamPorts): ReadOperation<typeof iam, "ListPolicies"> => ({
  name: "ListPolicies",

  authorise: ({ PathPrefix: prefix = "/" }) => [
    { action: "iam:ListPolicies", resource: "*", shown: `policy path ${prefix}` },
  ],

  async read({ rows, account }, input) {
    const { Scope: scope = "All", PathPrefix: prefix = "/" } = input;
    const usage = await usageOfAll(rows, account);
    const own = scope === "AWS" ? [] : await ownPolicies(rows, account);
    const listed = [...own, ...(scope === "Local" ? [] : managedPolicies.list())]
      .map((policy) => ({ policy, key: keyOf(policy), used: usage.get(policy.arn) ?? unused }))
      .filter(({ policy, used }) => policy.path.startsWith(prefix) && wanted(input, used))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
    const page = pageOfSorted(listed, ({ key }) => key, pageRequest(input));
    return { Policies: page.rows.map(({ policy, used }) => apiPolicy(policy, used)), ...pageMembers(page) };
  },
});

async function ownPolicies(rows: Rows, account: AccountId): Promise<ManagedPolicySummary[]> {
  const own = await rows
    .tables<IamTables>()
    .selectFrom("iam_policy")
    .selectAll()
    .where("account", "=", account)
    .execute();
  return own.map(summaryOf);
}

/** Orders a list: the account's own before AWS's, by name. */
function keyOf({ arn, name }: ManagedPolicySummary): string {
  return `${isAwsManaged(arn) ? 1 : 0} ${nameKey(name)}`;
}

/** AWS: `PolicyUsageFilter` is heeded only together with `OnlyAttached`. */
function wanted(
  { OnlyAttached, PolicyUsageFilter }: { OnlyAttached?: boolean; PolicyUsageFilter?: string },
  { attachments, boundaries }: PolicyUsage,
): boolean {
  if (OnlyAttached !== true) return true;
  if (PolicyUsageFilter === "PermissionsPolicy") return attachments > 0;
  if (PolicyUsageFilter === "PermissionsBoundary") return boundaries > 0;
  return attachments + boundaries > 0;
}
