import type { AccountId } from "../../../kernel/brand.ts";
import type { Tag } from "../../../kernel/tags.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import type { DashboardTables } from "./dashboard-store.ts";

export interface Dashboard {
  readonly account: AccountId;
  readonly name: string;
  /** JSON, as it was put. */
  readonly body: string;
  readonly tags: readonly Tag[];
  /** Epoch ms. */
  readonly modifiedAt: number;
}

export async function findDashboard(
  rows: Rows,
  account: AccountId,
  name: string,
): Promise<Dashboard | undefined> {
  const row = await rows
    .tables<DashboardTables>()
    .selectFrom("cloudwatch_dashboard")
    .selectAll()
    .where("account", "=", account)
    .where("name", "=", name)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return { account, name, body: row.body, tags: JSON.parse(row.tags) as Tag[], modifiedAt: row.modified_at };
}

export async function keepDashboard(tx: Tx, { account, name, ...dashboard }: Dashboard): Promise<void> {
  const values = {
    body: dashboard.body,
    tags: JSON.stringify(dashboard.tags),
    modified_at: dashboard.modifiedAt,
  };
  await tx
    .tables<DashboardTables>()
    .insertInto("cloudwatch_dashboard")
    .values({ account, name, ...values })
    .onConflict((conflict) => conflict.columns(["account", "name"]).doUpdateSet(values))
    .execute();
}
