import type { Kysely } from "kysely";
import type { AccountId } from "../kernel/brand.ts";
import { keyText } from "./columns.ts";
import type { Migration, RoleLock } from "./types.ts";

/** One row per service-linked role that was ever asked for. */
interface RoleLockTables {
  role_lock: { account: string; service_principal: string; state: RoleLock };
}

export const roleLockMigration: Migration = {
  name: "store/002-role-locks",
  async up(db, dialect) {
    await db.schema
      .createTable("role_lock")
      .addColumn("account", keyText(dialect), (column) => column.notNull())
      .addColumn("service_principal", keyText(dialect), (column) => column.notNull())
      .addColumn("state", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("role_lock_key", ["account", "service_principal"])
      .execute();
  },
};

/**
 * Reads the lock row and takes it.
 * INVARIANT: taking writes the row, if only with what it holds. On PostgreSQL a row that is only locked lets the second
 * transaction go on with the snapshot it took before the first committed; a row that is written makes it start again.
 */
export async function takeRoleLock(
  db: Kysely<unknown>,
  account: AccountId,
  servicePrincipal: string,
): Promise<RoleLock> {
  const { state } = await (db as Kysely<RoleLockTables>)
    .insertInto("role_lock")
    .values({ account, service_principal: servicePrincipal, state: "absent" })
    .onConflict((conflict) =>
      conflict
        .columns(["account", "service_principal"])
        .doUpdateSet((row) => ({ state: row.ref("role_lock.state") })),
    )
    .returning("state")
    .executeTakeFirstOrThrow();
  return state;
}

/** Writes the state of a lock row that this transaction took. */
export async function writeRoleLock(
  db: Kysely<unknown>,
  account: AccountId,
  servicePrincipal: string,
  state: RoleLock,
): Promise<void> {
  const { numUpdatedRows } = await (db as Kysely<RoleLockTables>)
    .updateTable("role_lock")
    .set({ state })
    .where("account", "=", account)
    .where("service_principal", "=", servicePrincipal)
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) throw new Error("setRoleLock without lockRole before it");
}
