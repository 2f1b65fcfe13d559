import { AsyncLocalStorage } from "node:async_hooks";
import type { Kysely, Transaction } from "kysely";
import type { Database } from "./database.ts";
import { bumpEpoch } from "./epoch.ts";
import { takeRoleLock, writeRoleLock } from "./role-locks.ts";
import type { Queries, Rows, Tx } from "./types.ts";

/** Rows seen through a connection or a transaction. */
export function rowsOf(db: Kysely<unknown>): Rows {
  return { tables: <Tables>() => db as unknown as Queries<Tables> };
}

/** A transaction as services see it. Kysely refuses whatever is asked of it after its end. */
export function txOf(db: Transaction<unknown>, enqueue: Tx["enqueue"]): Tx {
  return {
    ...rowsOf(db),
    enqueue,
    bumpEpoch: (account) => bumpEpoch(db, account),
    lockRole: (account, servicePrincipal) => takeRoleLock(db, account, servicePrincipal),
    setRoleLock: (account, servicePrincipal, state) => writeRoleLock(db, account, servicePrincipal, state),
  };
}

/** The transaction that the running code is inside of. */
const inside = new AsyncLocalStorage<{ open: boolean }>();
/** Transactions that are open in this process. */
let running = 0;

/**
 * The same database, but writing inside of a transaction by another way than through it is refused. On SQLite it would
 * wait for ever, as there is one writer; on PostgreSQL it would not belong to the transaction.
 */
export function withoutNesting(database: Database): Database {
  const refuseInside = () => {
    if (inside.getStore()?.open) throw new Error("inside a transaction, write through it");
  };
  return {
    ...database,
    async serializable(work) {
      refuseInside();
      return database.serializable(async (db) => {
        const here = { open: true };
        running++;
        try {
          return await inside.run(here, () => work(db));
        } finally {
          here.open = false;
          running--;
          // On Node.js 20 its hooks slow every promise of the process, a tenth of a small call, while they are on.
          if (running === 0) inside.disable();
        }
      });
    },
    async single(work) {
      refuseInside();
      return database.single(work);
    },
  };
}
