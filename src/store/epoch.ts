import type { Kysely } from "kysely";
import type { AccountId } from "../kernel/brand.ts";
import { integer, keyText } from "./columns.ts";
import type { Migration } from "./types.ts";

/** How often an account's policies have changed: what was cached at another number is stale. */
interface EpochTables {
  policy_epoch: { account: string; value: number };
}

/** The table, which the reset does not empty. */
export const epochTable = "policy_epoch";

export const epochMigration: Migration = {
  name: "store/001-policy-epoch",
  async up(db, dialect) {
    await db.schema
      .createTable(epochTable)
      .addColumn("account", keyText(dialect), (column) => column.primaryKey())
      .addColumn("value", integer, (column) => column.notNull())
      .execute();
  },
};

/** The look-up as text, because it is asked at each call and goes past the query builder. */
export function epochQuery(placeholder: "?" | "$1"): string {
  return `select value from ${epochTable} where account = ${placeholder}`;
}

/** Counts one change of the account's policies. */
export async function bumpEpoch(db: Kysely<unknown>, account: AccountId): Promise<void> {
  await (db as Kysely<EpochTables>)
    .insertInto(epochTable)
    .values({ account, value: 1 })
    .onConflict((conflict) =>
      conflict.column("account").doUpdateSet((row) => ({ value: row("policy_epoch.value", "+", 1) })),
    )
    .execute();
}

/**
 * Makes everything cached stale, for the reset.
 * INVARIANT: an epoch never goes back, else a policy cached at the same number before would be taken for the new one.
 */
export async function bumpAllEpochs(db: Kysely<unknown>): Promise<void> {
  await (db as Kysely<EpochTables>)
    .updateTable(epochTable)
    .set((row) => ({ value: row("value", "+", 1) }))
    .execute();
}
