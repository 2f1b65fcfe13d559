import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { cutPage } from "../../../kernel/page.ts";
import { nameKey } from "../entities.ts";
import type { ManagedPolicySummary } from "../managed-policy-catalogue.ts";
import { pageMembers, pageRequest } from "../paging.ts";
import { apiPolicy, summaryOf } from "../policies.ts";
import { type PolicyUsage, usageOfAll } from "../policy-usage.ts";
import type { IamPorts } from "../ports.ts";
import type { IamTables } from "../store.ts";

const unused: PolicyUsage = { attachments: 0, boundaries: 0 };

/** Managed policies: first the account's own, then AWS's, each in the order of their names. */
export const listPolicies = ({ managedPolicies }: IamPorts): ReadOperation<typeof iam, "ListPolicies"> => ({
  name: "ListPolicies",

  authorise: () => [{ action: "iam:ListPolicies", resource: "*" }],

  async read({ rows, account }, input) {
    const { after, limit } = pageRequest(input);
    const { Scope: scope = "All", PathPrefix: prefix = "/" } = input;
    const usage = await usageOfAll(rows, account);
    const local =
      scope === "AWS"
        ? []
        : await rows
            .tables<IamTables>()
            .selectFrom("iam_policy")
            .selectAll()
            .where("account", "=", account)
            .orderBy("name_key")
            .execute();
    const listed = [
      ...local.map((row) => ({ key: ["Local", row.name_key] as const, policy: summaryOf(row) })),
      ...(scope === "Local" ? [] : ofAws(managedPolicies.list())),
    ];
    const begin = after.length === 0 ? 0 : listed.findIndex(({ key }) => isAfter(key, after));
    const found = (begin < 0 ? [] : listed.slice(begin))
      .map(({ key, policy }) => ({ key, policy, usage: usage.get(policy.arn) ?? unused }))
      .filter(({ policy, usage: used }) => policy.path.startsWith(prefix) && wanted(input, used));
    const page = cutPage(found.slice(0, limit + 1), limit, ({ key }) => key);
    return {
      Policies: page.rows.map(({ policy, usage: used }) => apiPolicy(policy, used)),
      ...pageMembers(page),
    };
  },
});

/** AWS's policies, in the order in which names are compared. */
function ofAws(
  policies: Iterable<ManagedPolicySummary>,
): { readonly key: readonly [string, string]; readonly policy: ManagedPolicySummary }[] {
  return [...policies]
    .map((policy) => ({ key: ["aws", nameKey(policy.name)] as const, policy }))
    .sort((a, b) => (a.key[1] < b.key[1] ? -1 : 1));
}

/** Whether a key stands behind the last one of the page before. */
function isAfter(
  [part, name]: readonly [string, string],
  [lastPart, lastName = ""]: readonly string[],
): boolean {
  return part === lastPart ? name > lastName : part === "aws" && lastPart === "Local";
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
