import type { AccountId, Arn } from "../../kernel/brand.ts";
import type { Rows } from "../../store/types.ts";
import type { IamTables } from "./store.ts";

/** How often a managed policy is used in an account. */
export interface PolicyUsage {
  /** As a policy of users, groups and roles. */
  readonly attachments: number;
  /** As the permissions boundary of users and roles. */
  readonly boundaries: number;
}

const unused: PolicyUsage = { attachments: 0, boundaries: 0 };

/** Use of one managed policy in the account. */
export async function usageOf(rows: Rows, account: AccountId, arn: Arn): Promise<PolicyUsage> {
  return (await usageOfAll(rows, account, arn)).get(arn) ?? unused;
}

/** Use of every policy that is used in the account (or of `only` one); a policy that is not in the map is unused. */
export async function usageOfAll(
  rows: Rows,
  account: AccountId,
  only?: Arn,
): Promise<ReadonlyMap<string, PolicyUsage>> {
  const tables = rows.tables<IamTables>();
  const attached = await tables
    .selectFrom("iam_attachment")
    .select(["policy_arn", (count) => count.fn.countAll<number>().as("uses")])
    .where("account", "=", account)
    .$if(only !== undefined, (query) => query.where("policy_arn", "=", only as Arn))
    .groupBy("policy_arn")
    .execute();
  const usage = new Map<string, PolicyUsage>();
  for (const { policy_arn: arn, uses } of attached) {
    usage.set(arn, { attachments: Number(uses), boundaries: 0 });
  }
  for (const table of ["iam_user", "iam_role"] as const) {
    const bounded = await tables
      .selectFrom(table)
      .select(["boundary", (count) => count.fn.countAll<number>().as("uses")])
      .where("account", "=", account)
      .where("boundary", "is not", null)
      .$if(only !== undefined, (query) => query.where("boundary", "=", only as Arn))
      .groupBy("boundary")
      .execute();
    for (const { boundary, uses } of bounded) {
      if (boundary === null) continue;
      const { attachments, boundaries } = usage.get(boundary) ?? unused;
      usage.set(boundary, { attachments, boundaries: boundaries + Number(uses) });
    }
  }
  return usage;
}
