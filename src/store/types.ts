import type { Kysely } from "kysely";
import type { AccountId, Region } from "../kernel/brand.ts";

/** What a service may do with its tables: queries, and nothing that opens, closes or nests a transaction. */
export type Queries<Tables> = Pick<
  Kysely<Tables>,
  "selectFrom" | "insertInto" | "updateTable" | "deleteFrom" | "with" | "fn" | "selectNoFrom"
>;

/** A view of the rows: the read connection, or one transaction. */
export interface Rows {
  /** The same rows, typed with the tables of one service. */
  tables<Tables>(): Queries<Tables>;
}

/**
 * One short write transaction. Nothing here waits for a network, a file or another service.
 * INVARIANT: the whole transaction may be run again from the start (PostgreSQL serialisation failures), so the
 * function that uses it keeps no state outside.
 */
export interface Tx extends Rows {
  /** Queues a job in the same transaction: it exists if and only if the change does. */
  enqueue(job: NewJob): Promise<void>;
  /** Makes every cached policy of the account stale at its next use. */
  bumpEpoch(account: AccountId): Promise<void>;
  /**
   * The state of a service-linked role's lock row, which serialises triggers and deletion on (account, principal).
   * Reading it takes the row: two transactions that both read it cannot both commit unaware of each other.
   */
  lockRole(account: AccountId, servicePrincipal: string): Promise<RoleLock>;
  /** Writes the lock row that `lockRole` read. */
  setRoleLock(account: AccountId, servicePrincipal: string, state: RoleLock): Promise<void>;
}

/** `absent`: no role; `present`: usable; `deleting`: a deletion task is deciding. */
export type RoleLock = "absent" | "present" | "deleting";

/** A migration of one owner's tables: forward only, applied once, in the order given. */
export interface Migration {
  /** `<owner>/<number>-<what>`, e.g. `ecr/001-repositories`. */
  readonly name: string;
  up(db: Kysely<unknown>, dialect: Dialect): Promise<void>;
}

export type Dialect = "sqlite" | "postgresql";

export interface NewJob {
  /** The queue: which loop takes it, e.g. `ecr.replication`. */
  readonly queue: string;
  /** A job whose key equals that of one not yet begun is not added again (equal work coalesces). */
  readonly key: string;
  readonly account: AccountId;
  readonly region: Region;
  /** The service principal whose service-linked role will do the work, for "role in use". */
  readonly servicePrincipal?: string;
  readonly payload: unknown;
  /** Epoch milliseconds before which it is not taken; now by default. */
  readonly notBefore?: number;
}

export interface Job extends NewJob {
  readonly id: string;
  /** How often it has been taken, this time included. */
  readonly attempt: number;
  readonly lease: string;
  readonly createdAt: number;
}

/** How many jobs of a queue wait for their time, are due, are at work, or were given up. */
export interface Backlog {
  readonly queue: string;
  readonly state: "waiting" | "due" | "taken" | "buried";
  readonly jobs: number;
}

/** Jobs with leases: at least once, so every job is idempotent. */
export interface Jobs {
  /** Takes up to `limit` due jobs of a queue for `leaseMs`; no other worker gets them meanwhile. */
  claim(queue: string, limit: number, leaseMs: number): Promise<readonly Job[]>;
  /** Keeps a long job; false when the lease was lost and the work must stop. */
  extend(job: Job, leaseMs: number): Promise<boolean>;
  /** Ends a job in the caller's transaction; false when the lease was lost: then nothing may be committed. */
  finish(tx: Tx, job: Job): Promise<boolean>;
  /** Puts a job back until `notBefore` (backoff, or a graceful stop with `notBefore` now). */
  release(job: Job, notBefore: number, error?: string): Promise<void>;
  /** Moves a job to the dead letters, where it is kept with its error; `tx` joins the caller's transaction. */
  bury(tx: Tx, job: Job, error: string): Promise<boolean>;
  /** Unfinished jobs made for a service principal in an account: these count as use of its role. */
  unfinished(rows: Rows, account: AccountId, servicePrincipal: string): Promise<readonly Job[]>;
  /** What is in the queues, for those who watch; queues and states with nothing in them are left out. */
  backlog(): Promise<readonly Backlog[]>;
  /** Calls back when a job may be due in the queue (a commit in this process, or a poll); returns the unsubscriber. */
  onDue(queue: string, wake: () => void): () => void;
}

/** Everything that keeps state. One instance per process. */
export interface Store {
  readonly dialect: Dialect;
  /** Reads outside any transaction, on their own connection. */
  readonly rows: Rows;
  readonly jobs: Jobs;
  /** Runs one write transaction; retried as a whole on serialisation failure, a bounded number of times. */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** The policy epoch of an account; 0 when nothing was ever changed. Cheap: asked at each call. */
  epoch(account: AccountId): Promise<number> | number;
  /** Empties every table (the reset route). */
  reset(): Promise<void>;
  close(): Promise<void>;
}

/** Seals secrets at rest and in tokens (AES-256-GCM, one derived key per purpose). */
export interface Sealer {
  /** Base64url text that only `open` with the same purpose can read. */
  seal(purpose: string, plain: string): string;
  /** The plain text, or `undefined` when the text was not sealed here for this purpose. */
  open(purpose: string, sealed: string): string | undefined;
}
