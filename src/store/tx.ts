import { AsyncLocalStorage } from "node:async_hooks";
import type { Kysely, Transaction } from "kysely";
import type { Database } from "./database.ts";
import { bumpEpoch } from "./epoch.ts";
import { takeRoleLock, writeRoleLock } from "./role-locks.ts";
import type { Queries, Rows, Tx } from "./types.ts";

/** Rows seen through a connection or a transaction of Kysely. */
export function rowsOf(db: Kysely<unknown>): Rows {
  return { tables: <Tables>() => db as unknown as Queries<Tables> };
}

/** Which transaction the running code is inside of, so that one inside another is refused instead of hanging. */
const inside = new AsyncLocalStorage<{ open: boolean }>();

/**
 * Runs one write transaction. What it hands to the work is dead when the work has ended: a query through it
 * afterwards would run outside any transaction, and throws.
 */
export async function runTransaction<T>(
  database: Database,
  enqueue: (db: Kysely<unknown>) => Tx["enqueue"],
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  if (inside.getStore()?.open) throw new Error("a transaction cannot be begun inside another");
  return database.serializable(async (db) => {
    const mark = { open: true };
    try {
      return await inside.run(mark, () => work(transactionOf(db, mark, enqueue(db))));
    } finally {
      mark.open = false;
    }
  });
}

function transactionOf(
  db: Transaction<unknown>,
  mark: { readonly open: boolean },
  enqueue: Tx["enqueue"],
): Tx {
  const live = () => {
    if (!mark.open) throw new Error("this transaction has ended");
    return db;
  };
  return {
    tables: <Tables>() => live() as unknown as Queries<Tables>,
    enqueue,
    bumpEpoch: (account) => bumpEpoch(live(), account),
    lockRole: (account, servicePrincipal) => takeRoleLock(live(), account, servicePrincipal),
    setRoleLock: (account, servicePrincipal, state) =>
      writeRoleLock(live(), account, servicePrincipal, state),
  };
}
