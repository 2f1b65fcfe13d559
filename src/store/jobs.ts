import { type ExpressionBuilder, type Kysely, type SelectQueryBuilder, sql } from "kysely";
import type { Clock } from "../kernel/clock.ts";
import { uuid } from "../kernel/ids.ts";
import type { Random } from "../kernel/random.ts";
import type { Alarm } from "./alarm.ts";
import type { Database } from "./database.ts";
import { type JobRow, type JobTables, jobOf, jobTables } from "./job-rows.ts";
import type { Dialect, Job, Jobs, NewJob } from "./types.ts";

/** What jobs are made with. */
export interface JobContext {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly alarm: Alarm;
}

/**
 * Adds a job, unless an equal one waits that nobody has begun; then that one is due at the earlier of the two times.
 * INVARIANT: meeting an equal job writes its row. A worker that takes the job meanwhile makes this transaction start
 * again and add a new one, so work is never coalesced into a job that began before the change was visible.
 * @returns when the job is due, epoch ms.
 */
export async function enqueueJob(
  db: Kysely<unknown>,
  { clock, random }: Pick<JobContext, "clock" | "random">,
  job: NewJob,
): Promise<number> {
  const now = clock.now();
  const dueAt = job.notBefore ?? now;
  await jobTables(db)
    .insertInto("job")
    .values({
      id: uuid(random),
      queue: job.queue,
      key: job.key,
      account: job.account,
      region: job.region,
      service_principal: job.servicePrincipal ?? null,
      payload: JSON.stringify(job.payload ?? null),
      due_at: dueAt,
      attempt: 0,
      lease: "",
      error: null,
      created_at: now,
    })
    .onConflict((conflict) =>
      conflict
        .columns(["queue", "key"])
        // As it is written in the index: a parameter would not be recognised.
        .where("attempt", "=", sql.lit(0))
        .doUpdateSet((row) => ({
          due_at: row
            .case()
            .when("excluded.due_at", "<", row.ref("job.due_at"))
            .then(row.ref("excluded.due_at"))
            .else(row.ref("job.due_at"))
            .end(),
        })),
    )
    .execute();
  return dueAt;
}

/** When the earliest job of the queue may be taken, epoch ms. */
export async function nextDue(database: Database, queue: string): Promise<number | undefined> {
  const row = await jobTables(database.read)
    .selectFrom("job")
    .select("due_at")
    .where("queue", "=", queue)
    .orderBy("due_at")
    .limit(1)
    .executeTakeFirst();
  return row?.due_at;
}

/**
 * The jobs of a database. Leases end by the clock of whoever looks, so the clocks of processes that share a database
 * must agree to a small part of the shortest lease.
 */
export function openJobs({ database, clock, random, alarm }: JobContext): Jobs {
  return {
    async claim(queue, limit, leaseMs) {
      const now = clock.now();
      const lease = random.bytes(12).toString("base64url");
      const rows = await database.single((db) =>
        jobTables(db)
          // Named, so that PostgreSQL looks for jobs once and takes no more than asked.
          .with("taken", (from) =>
            skipLocked(due(from.selectFrom("job"), queue, now, limit), database.dialect),
          )
          .updateTable("job")
          .set((row) => ({ lease, due_at: now + leaseMs, attempt: row("attempt", "+", 1) }))
          .where("id", "in", (from) => from.selectFrom("taken").select("id"))
          .returningAll()
          .execute(),
      );
      return rows.map(jobOf).sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
    },

    async extend(job, leaseMs) {
      return database.single((db) => changeHeld(db, job, { due_at: clock.now() + leaseMs }));
    },

    async release(job, notBefore, error) {
      const returned = await database.single((db) =>
        changeHeld(db, job, { lease: "", due_at: notBefore, error: error ?? null }),
      );
      if (returned) alarm.ring(job.queue, notBefore);
    },

    async finish(tx, job) {
      const ended = await tx
        .tables<JobTables>()
        .deleteFrom("job")
        .where("id", "=", job.id)
        .where("lease", "=", job.lease)
        .executeTakeFirst();
      return ended.numDeletedRows === 1n;
    },

    async bury(tx, job, error) {
      const row = await tx
        .tables<JobTables>()
        .deleteFrom("job")
        .where("id", "=", job.id)
        .where("lease", "=", job.lease)
        .returningAll()
        .executeTakeFirst();
      if (row === undefined) return false;
      await tx
        .tables<JobTables>()
        .insertInto("dead_letter")
        .values({ ...row, lease: "", error, buried_at: clock.now() })
        .execute();
      return true;
    },

    async unfinished(rows, account, servicePrincipal) {
      const found = await rows
        .tables<JobTables>()
        .selectFrom("job")
        .selectAll()
        .where("account", "=", account)
        .where("service_principal", "=", servicePrincipal)
        .orderBy("id")
        .execute();
      return found.map(jobOf);
    },

    async backlog() {
      const now = clock.now();
      const held = await jobTables(database.read)
        .selectFrom((from) =>
          from
            .selectFrom("job")
            .select(["queue", (row) => stateOf(row, now).as("state")])
            .as("job"),
        )
        .select(["queue", "state", ({ fn }) => fn.countAll<number>().as("jobs")])
        .groupBy(["queue", "state"])
        .execute();
      const buried = await jobTables(database.read)
        .selectFrom("dead_letter")
        .select(["queue", ({ fn }) => fn.countAll<number>().as("jobs")])
        .groupBy("queue")
        .execute();
      return [...held, ...buried.map((some) => ({ ...some, state: "buried" as const }))];
    },

    onDue: alarm.onDue,
  };
}

/** Changes a job that is still held under its lease; false when it is not. */
async function changeHeld(db: Kysely<unknown>, job: Job, change: Partial<JobRow>): Promise<boolean> {
  const { numUpdatedRows } = await jobTables(db)
    .updateTable("job")
    .set(change)
    .where("id", "=", job.id)
    .where("lease", "=", job.lease)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** What a job does at this moment. One whose lease ran out is due again. */
function stateOf(row: ExpressionBuilder<JobTables, "job">, now: number) {
  return row
    .case()
    .when("due_at", "<=", now)
    .then(sql.lit<"due">("due"))
    .when("lease", "=", "")
    .then(sql.lit<"waiting">("waiting"))
    .else(sql.lit<"taken">("taken"))
    .end();
}

/** The ids of jobs that may be taken, the longest due first. */
function due(
  jobs: SelectQueryBuilder<JobTables, "job", object>,
  queue: string,
  now: number,
  limit: number,
): SelectQueryBuilder<JobTables, "job", Pick<JobRow, "id">> {
  return jobs
    .select("id")
    .where("queue", "=", queue)
    .where("due_at", "<=", now)
    .orderBy("due_at")
    .orderBy("id")
    .limit(limit);
}

/**
 * Passes over rows that another worker is taking at this moment. SQLite has no such rows: it writes one transaction at
 * a time. The only place in the program that says `for update skip locked`.
 */
function skipLocked<Tables, Table extends keyof Tables, Row>(
  query: SelectQueryBuilder<Tables, Table, Row>,
  dialect: Dialect,
): SelectQueryBuilder<Tables, Table, Row> {
  return dialect === "postgresql" ? query.forUpdate().skipLocked() : query;
}
