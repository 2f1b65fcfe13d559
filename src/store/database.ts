import type { Kysely, Transaction } from "kysely";
import type { AccountId } from "../kernel/brand.ts";
import type { Dialect } from "./types.ts";

/**
 * What the store needs of a database: two doors, one for reading and one for writing. Everything above it is the
 * same for SQLite and PostgreSQL.
 */
export interface Database {
  readonly dialect: Dialect;
  /** Reads outside transactions; writing through it fails. */
  readonly read: Kysely<unknown>;
  /**
   * Runs one transaction in which everything read is still true when it commits. The work may run more than once.
   * Throws `Fault("ServiceUnavailable")` when other writers won every time.
   */
  serializable<T>(work: (db: Transaction<unknown>) => Promise<T>): Promise<T>;
  /** Runs one statement that is right by itself, whatever commits beside it. */
  single<T>(work: (db: Kysely<unknown>) => Promise<T>): Promise<T>;
  /** Runs the work in one transaction, alone among all processes, for migrations. */
  exclusive(work: (db: Transaction<unknown>) => Promise<void>): Promise<void>;
  /** Copies the database aside before a migration; nothing where the operator does that (PostgreSQL). */
  backUp(label: string): Promise<void>;
  /** Empties every table but those named, whatever refers to what. */
  empty(db: Transaction<unknown>, except: readonly string[]): Promise<void>;
  /** The policy epoch of an account, as cheaply as the database can. */
  epoch(account: AccountId): Promise<number> | number;
  close(): Promise<void>;
}
