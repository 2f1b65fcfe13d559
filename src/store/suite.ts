import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  compete,
  type RivalTables,
  rivalAccount,
  rivalCounts,
  rivalJobs,
  rivalMigrations,
  rivalPlaces,
  rivalProcess,
} from "../../test/support/rival.ts";
import type { AccountId, Region } from "../kernel/brand.ts";
import { movableClock } from "../kernel/clock.ts";
import { systemRandom } from "../kernel/random.ts";
import { flag, integer, json, keyText } from "./columns.ts";
import type { JobTables } from "./job-rows.ts";
import { openStore } from "./open.ts";
import type { Job, Migration, NewJob, RoleLock, Store, Tx } from "./types.ts";

/** Where a store under test is: both are made anew for each call of `place`. */
export interface Place {
  readonly url: string | undefined;
  readonly dataDir: string;
}

interface SuiteTables {
  thing: { key: string; at: number; on: number; document: string };
  part: { key: string; of: string };
}

const migrations: readonly Migration[] = [
  {
    name: "suite/001-things",
    async up(db, dialect) {
      const key = keyText(dialect);
      await db.schema
        .createTable("thing")
        .addColumn("key", key, (column) => column.primaryKey())
        .addColumn("at", integer, (column) => column.notNull())
        .addColumn("on", flag, (column) => column.notNull())
        .addColumn("document", json, (column) => column.notNull())
        .execute();
      await db.schema
        .createTable("part")
        .addColumn("key", key, (column) => column.primaryKey())
        .addColumn("of", key, (column) => column.notNull().references("thing.key"))
        .execute();
    },
  },
];

const account = "000000000000" as AccountId;
const other = "111111111111" as AccountId;
const region = "eu-west-1" as Region;
const principal = "replication.ecr.amazonaws.com";

function thing(key: string, at = 1): SuiteTables["thing"] {
  return { key, at, on: 1, document: "{}" };
}

function newJob(key: string, more: Partial<NewJob> = {}): NewJob {
  return { queue: "work", key, account, region, payload: { key }, ...more };
}

/** What the store must do on every database. */
export function storeSuite(place: () => Promise<Place>): void {
  const clock = movableClock();
  let where: Place;
  let store: Store;

  const open = (at: Place, list: readonly Migration[]) =>
    openStore({ ...at, migrations: list, clock, random: systemRandom });
  const add = (row: SuiteTables["thing"]) =>
    store.transaction((tx) => tx.tables<SuiteTables>().insertInto("thing").values(row).execute());
  const keys = async () => {
    const rows = await store.rows
      .tables<SuiteTables>()
      .selectFrom("thing")
      .select("key")
      .orderBy("key")
      .execute();
    return rows.map(({ key }) => key);
  };

  beforeAll(async () => {
    where = await place();
    store = await open(where, migrations);
  });
  beforeEach(() => store.reset());
  afterAll(() => store.close());

  describe("migrations", () => {
    const second: Migration = {
      name: "suite/002-more",
      up: (db) => db.schema.alterTable("thing").addColumn("more", "text").execute(),
    };
    const failing: Migration = {
      name: "suite/003-failing",
      async up(db) {
        await db.schema.createTable("half").addColumn("key", "text").execute();
        throw new Error("no");
      },
    };

    test("are applied once each, and rows stay", async () => {
      const at = await place();
      const first = await open(at, migrations);
      await first.transaction((tx) =>
        tx.tables<SuiteTables>().insertInto("thing").values(thing("a")).execute(),
      );
      await first.close();
      const later = await open(at, [...migrations, second]);
      const rows = await later.rows
        .tables<{ thing: SuiteTables["thing"] & { more: string | null } }>()
        .selectFrom("thing")
        .select(["key", "more"])
        .execute();
      expect(rows).toEqual([{ key: "a", more: null }]);
      await later.close();
      await (await open(at, [...migrations, second])).close();
    });

    test("that fail leave the database as it was", async () => {
      const at = await place();
      await (await open(at, migrations)).close();
      await expect(open(at, [...migrations, second, failing])).rejects.toThrow("no");
      const after = await open(at, migrations);
      await expect(
        after.rows.tables<{ half: { key: string } }>().selectFrom("half").selectAll().execute(),
      ).rejects.toThrow();
      await after.close();
    });

    test("that this version does not know are refused", async () => {
      const at = await place();
      await (await open(at, [...migrations, second])).close();
      await expect(open(at, migrations)).rejects.toThrow(
        "newer version: this one does not know suite/002-more",
      );
    });

    test("of one name are refused", async () => {
      await expect(open(await place(), [second, second])).rejects.toThrow(
        "two migrations are named suite/002-more",
      );
    });

    test("of processes that start together are applied once", async () => {
      const at = await place();
      const stores = await Promise.all([open(at, migrations), open(at, migrations), open(at, migrations)]);
      for (const one of stores) await one.close();
      expect(stores).toHaveLength(3);
    });
  });

  describe("a transaction", () => {
    test("that throws changes nothing and wakes nobody", async () => {
      let woken = 0;
      const forget = store.jobs.onDue("rolled-back", () => {
        woken += 1;
      });
      const failure = new Error("stop");
      const run = store.transaction(async (tx) => {
        await tx.tables<SuiteTables>().insertInto("thing").values(thing("a")).execute();
        await tx.enqueue(newJob("a", { queue: "rolled-back" }));
        await tx.bumpEpoch(other);
        throw failure;
      });
      await expect(run).rejects.toBe(failure);
      expect(await keys()).toEqual([]);
      expect(await store.jobs.claim("rolled-back", 10, 1000)).toEqual([]);
      expect(woken).toBe(0);
      forget();
    });

    test("returns what its work returns, and is seen at once by readers", async () => {
      expect(await store.transaction(async () => 42)).toBe(42);
      await add(thing("a", 4_102_444_800_000));
      const [row] = await store.rows.tables<SuiteTables>().selectFrom("thing").selectAll().execute();
      expect(row).toEqual(thing("a", 4_102_444_800_000));
    });

    test("is not seen by readers before it commits", async () => {
      await store.transaction(async (tx) => {
        await tx.tables<SuiteTables>().insertInto("thing").values(thing("a")).execute();
        expect(await keys()).toEqual([]);
      });
      expect(await keys()).toEqual(["a"]);
    });

    test("inside another is refused, and so is claiming inside one", async () => {
      await expect(store.transaction(() => store.transaction(async () => 1))).rejects.toThrow(
        "inside a transaction, write through it",
      );
      await expect(store.transaction(() => store.jobs.claim("work", 1, 1))).rejects.toThrow(
        "inside a transaction, write through it",
      );
    });

    test("is dead after its end", async () => {
      let escaped: Tx | undefined;
      await store.transaction(async (tx) => {
        escaped = tx;
      });
      await expect(
        escaped?.tables<SuiteTables>().selectFrom("thing").selectAll().execute(),
      ).rejects.toThrow();
      await expect(escaped?.bumpEpoch(account)).rejects.toThrow();
    });

    test("that hides the error of a query does not look as if it had committed", async () => {
      const hiding = store.transaction(async (tx) => {
        const rows = tx.tables<SuiteTables & { absent: { key: string } }>();
        await rows.insertInto("thing").values(thing("a")).execute();
        await rows
          .selectFrom("absent")
          .selectAll()
          .execute()
          .catch(() => undefined);
        return "committed";
      });
      const outcome = await hiding.catch(() => "refused");
      expect([outcome, await keys()]).toEqual(
        outcome === "committed" ? ["committed", ["a"]] : ["refused", []],
      );
    });

    test("keeps references", async () => {
      const orphan = store.transaction((tx) =>
        tx.tables<SuiteTables>().insertInto("part").values({ key: "p", of: "nothing" }).execute(),
      );
      await expect(orphan).rejects.toThrow();
    });

    test("loses no count among 40 at once", async () => {
      await add(thing("counter", 0));
      const count = () =>
        store.transaction(async (tx) => {
          const rows = tx.tables<SuiteTables>();
          const { at } = await rows.selectFrom("thing").select("at").executeTakeFirstOrThrow();
          await rows
            .updateTable("thing")
            .set({ at: at + 1 })
            .execute();
        });
      await Promise.all(Array.from({ length: 40 }, count));
      const { at } = await store.rows
        .tables<SuiteTables>()
        .selectFrom("thing")
        .select("at")
        .executeTakeFirstOrThrow();
      expect(at).toBe(40);
    });

    test("cannot write what another made untrue: no write skew", async () => {
      // Each turns its own off only while the other is on, and takes its time.
      const turnOff = (mine: string) =>
        store.transaction(async (tx) => {
          const rows = tx.tables<SuiteTables>();
          const on = await rows.selectFrom("thing").select("key").where("on", "=", 1).execute();
          if (on.length < 2) return;
          await sleep(5);
          await rows.updateTable("thing").set({ on: 0 }).where("key", "=", mine).execute();
        });
      for (let round = 0; round < 5; round += 1) {
        await store.reset();
        await add(thing("a"));
        await add(thing("b"));
        await Promise.all([turnOff("a"), turnOff("b")]);
        const on = await store.rows
          .tables<SuiteTables>()
          .selectFrom("thing")
          .select("key")
          .where("on", "=", 1)
          .execute();
        expect(on).toHaveLength(1);
      }
    });

    test("that makes a row which another made meanwhile runs again and sees it", async () => {
      const make = () =>
        store.transaction(async (tx) => {
          const rows = tx.tables<SuiteTables>();
          const found = await rows
            .selectFrom("thing")
            .select("key")
            .where("key", "=", "a")
            .executeTakeFirst();
          if (found !== undefined) return "was there";
          await rows.insertInto("thing").values(thing("a")).execute();
          return "made";
        });
      const outcomes = await Promise.all(Array.from({ length: 8 }, make));
      expect(outcomes.filter((outcome) => outcome === "made")).toHaveLength(1);
    });
  });

  test("readers cannot write", async () => {
    // The type has `insertInto` for transactions; the read connection refuses it.
    await expect(
      store.rows.tables<SuiteTables>().insertInto("thing").values(thing("a")).execute(),
    ).rejects.toThrow();
  });

  test("text keys are in the order of their bytes, and a page goes on where the last ended", async () => {
    // Letters that people sort otherwise than bytes, and two that UTF-16 sorts otherwise than UTF-8.
    const letter = fc.constantFrom(
      "a",
      "A",
      "b",
      "B",
      "-",
      "_",
      " ",
      "0",
      "10",
      "é",
      "z",
      "\uFFFD",
      "\u{1F600}",
    );
    const text = fc.string({ unit: letter, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(text, { maxLength: 30 }), async (names) => {
        await store.transaction(async (tx) => {
          await tx.tables<SuiteTables>().deleteFrom("thing").execute();
          for (const name of names)
            await tx.tables<SuiteTables>().insertInto("thing").values(thing(name)).execute();
        });
        const sorted = [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        expect(await keys()).toEqual(sorted);
        const middle = sorted[Math.floor(sorted.length / 2)] ?? "";
        const rest = await store.rows
          .tables<SuiteTables>()
          .selectFrom("thing")
          .select("key")
          .where("key", ">", middle)
          .orderBy("key")
          .execute();
        expect(rest.map(({ key }) => key)).toEqual(sorted.slice(Math.floor(sorted.length / 2) + 1));
      }),
      { numRuns: 15, seed: 11 },
    );
  });

  test("counts and sums are numbers", async () => {
    await add(thing("a", 5_000_000_000));
    await add(thing("b", 5_000_000_000));
    const row = await store.rows
      .tables<SuiteTables>()
      .selectFrom("thing")
      .select((of) => [of.fn.countAll().as("count"), of.fn.sum("at").as("sum"), sql`max("at")`.as("max")])
      .executeTakeFirstOrThrow();
    expect(row).toEqual({ count: 2, sum: 10_000_000_000, max: 5_000_000_000 });
  });

  describe("the epoch", () => {
    test("is 0 at first, counts bumps of its own account, and another process sees it at once", async () => {
      const fresh = "222222222222" as AccountId;
      expect(await store.epoch(fresh)).toBe(0);
      const second = await open(where, migrations);
      await second.transaction(async (tx) => {
        await tx.bumpEpoch(fresh);
        await tx.bumpEpoch(fresh);
      });
      expect(await store.epoch(fresh)).toBe(2);
      expect(await store.epoch("333333333333" as AccountId)).toBe(0);
      await second.close();
    });
  });

  test("a reset empties every table, and no epoch goes back", async () => {
    await add(thing("a"));
    await store.transaction(async (tx) => {
      await tx.tables<SuiteTables>().insertInto("part").values({ key: "p", of: "a" }).execute();
      await tx.enqueue(newJob("a"));
      await tx.lockRole(account, principal);
      await tx.setRoleLock(account, principal, "present");
      await tx.bumpEpoch(account);
    });
    const before = await store.epoch(account);
    await store.reset();
    expect(await keys()).toEqual([]);
    expect(await store.jobs.claim("work", 10, 1000)).toEqual([]);
    expect(await store.transaction((tx) => tx.lockRole(account, principal))).toBe("absent");
    expect(await store.epoch(account)).toBeGreaterThan(before);
    await add(thing("b"));
    expect(await keys()).toEqual(["b"]);
  });

  describe("role locks", () => {
    test("are absent until written, and then what was written, for one account and principal", async () => {
      const lock = (of: AccountId, name: string) => store.transaction((tx) => tx.lockRole(of, name));
      expect(await lock(account, principal)).toBe("absent");
      await store.transaction(async (tx) => {
        await tx.lockRole(account, principal);
        await tx.setRoleLock(account, principal, "present");
      });
      expect(await lock(account, principal)).toBe("present");
      expect(await lock(other, principal)).toBe("absent");
      expect(await lock(account, "ecs.amazonaws.com")).toBe("absent");
    });

    test("are not written unread", async () => {
      await expect(store.transaction((tx) => tx.setRoleLock(account, "x", "present"))).rejects.toThrow(
        "setRoleLock without lockRole",
      );
    });

    test("order triggers and deletion: no role is deleted while a trigger's work is unseen", async () => {
      // A trigger uses the role when it is present; a deletion deletes it when nothing uses it. Whatever the order,
      // never a use of a role that is gone.
      const trigger = (id: string) =>
        store.transaction(async (tx) => {
          const state = await tx.lockRole(account, principal);
          if (state === "deleting") return;
          if (state === "absent") await tx.setRoleLock(account, principal, "present");
          await tx.tables<SuiteTables>().insertInto("thing").values(thing(id)).execute();
        });
      const deletion = () =>
        store.transaction(async (tx) => {
          if ((await tx.lockRole(account, principal)) !== "present") return;
          const used = await tx
            .tables<SuiteTables>()
            .selectFrom("thing")
            .select("key")
            .limit(1)
            .executeTakeFirst();
          if (used === undefined) await tx.setRoleLock(account, principal, "absent");
        });
      const release = () => store.transaction((tx) => tx.tables<SuiteTables>().deleteFrom("thing").execute());
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.constantFrom("trigger", "delete", "release"), { minLength: 2, maxLength: 8 }),
          async (steps) => {
            await store.reset();
            await Promise.all(
              steps.map((step, index) =>
                step === "trigger" ? trigger(String(index)) : step === "delete" ? deletion() : release(),
              ),
            );
            const state: RoleLock = await store.transaction((tx) => tx.lockRole(account, principal));
            if ((await keys()).length > 0) expect(state).toBe("present");
          },
        ),
        { numRuns: 25, seed: 3 },
      );
    });
  });

  describe("jobs", () => {
    const enqueue = (...jobs: readonly NewJob[]) =>
      store.transaction(async (tx) => {
        for (const job of jobs) await tx.enqueue(job);
      });
    const finish = (job: Job) => store.transaction((tx) => store.jobs.finish(tx, job));
    const claimOne = async () => {
      const [job] = await store.jobs.claim("work", 1, 1000);
      if (job === undefined) throw new Error("no job");
      return job;
    };

    test("come back as they were given", async () => {
      await enqueue(newJob("a", { servicePrincipal: principal, payload: { deep: [1, "ä"] } }));
      expect(await claimOne()).toMatchObject({
        queue: "work",
        key: "a",
        account,
        region,
        servicePrincipal: principal,
        payload: { deep: [1, "ä"] },
        attempt: 1,
      });
    });

    test("are taken once among 4 workers and 500 jobs", async () => {
      await enqueue(...Array.from({ length: 500 }, (_, index) => newJob(`job-${index}`)));
      const taken: string[] = [];
      const work = async () => {
        for (;;) {
          const jobs = await store.jobs.claim("work", 10, 60_000);
          if (jobs.length === 0) return;
          taken.push(...jobs.map(({ key }) => key));
          for (const job of jobs.slice(0, 2)) expect(await finish(job)).toBe(true);
        }
      };
      await Promise.all([work(), work(), work(), work()]);
      expect(taken).toHaveLength(500);
      expect(new Set(taken).size).toBe(500);
    });

    test("are taken in the order in which they are due, of one queue, up to the limit", async () => {
      const now = clock.now();
      await enqueue(
        newJob("second", { notBefore: now - 10 }),
        newJob("first", { notBefore: now - 20 }),
        newJob("elsewhere", { queue: "other" }),
        newJob("later", { notBefore: now + 60_000 }),
        newJob("third", { notBefore: now }),
      );
      const taken = await store.jobs.claim("work", 2, 60_000);
      expect(taken.map(({ key }) => key).sort()).toEqual(["first", "second"]);
      expect((await store.jobs.claim("work", 9, 60_000)).map(({ key }) => key)).toEqual(["third"]);
      clock.advance(59_000);
      expect(await store.jobs.claim("work", 9, 60_000)).toEqual([]);
      clock.advance(1000);
      expect((await store.jobs.claim("work", 9, 60_000)).map(({ key }) => key)).toContain("later");
    });

    test("whose lease ran out are taken again, and the first taker has lost them", async () => {
      await enqueue(newJob("a"));
      const first = await claimOne();
      expect(await store.jobs.claim("work", 1, 1000)).toEqual([]);
      clock.advance(1001);
      const second = await claimOne();
      expect(second).toMatchObject({ id: first.id, attempt: 2 });
      expect(await store.jobs.extend(first, 1000)).toBe(false);
      expect(await finish(first)).toBe(false);
      expect(await store.transaction((tx) => store.jobs.bury(tx, first, "lost"))).toBe(false);
      await store.jobs.release(first, clock.now());
      expect(await store.jobs.claim("work", 1, 1000)).toEqual([]);
      expect(await finish(second)).toBe(true);
    });

    test("can be kept", async () => {
      await enqueue(newJob("a"));
      const job = await claimOne();
      clock.advance(900);
      expect(await store.jobs.extend(job, 1000)).toBe(true);
      clock.advance(900);
      expect(await store.jobs.claim("work", 1, 1000)).toEqual([]);
      expect(await finish(job)).toBe(true);
      expect(await store.jobs.extend(job, 1000)).toBe(false);
    });

    test("go back until a time", async () => {
      await enqueue(newJob("a"));
      await store.jobs.release(await claimOne(), clock.now() + 5000, "not yet");
      expect(await store.jobs.claim("work", 1, 1000)).toEqual([]);
      clock.advance(5000);
      expect(await claimOne()).toMatchObject({ key: "a", attempt: 2 });
    });

    test("are kept when buried, with the error, and never taken again", async () => {
      await enqueue(newJob("a"));
      const job = await claimOne();
      expect(await store.transaction((tx) => store.jobs.bury(tx, job, "it cannot be"))).toBe(true);
      clock.advance(1_000_000);
      expect(await store.jobs.claim("work", 1, 1000)).toEqual([]);
      const letters = await store.rows.tables<JobTables>().selectFrom("dead_letter").selectAll().execute();
      expect(letters).toMatchObject([{ id: job.id, key: "a", error: "it cannot be", attempt: 1 }]);
    });

    test("end only if the transaction that ends them does", async () => {
      await enqueue(newJob("a"));
      const job = await claimOne();
      const failed = store.transaction(async (tx) => {
        expect(await store.jobs.finish(tx, job)).toBe(true);
        throw new Error("stop");
      });
      await expect(failed).rejects.toThrow("stop");
      expect(await finish(job)).toBe(true);
    });

    describe("of one key", () => {
      test("are one while nobody has begun, due at the earliest time asked", async () => {
        const now = clock.now();
        await enqueue(newJob("a", { notBefore: now + 50_000 }));
        await enqueue(newJob("a", { notBefore: now + 10_000 }), newJob("a", { notBefore: now + 90_000 }));
        await enqueue(newJob("b", { notBefore: now + 90_000 }), newJob("a", { queue: "other" }));
        clock.advance(10_000);
        expect(await store.jobs.claim("work", 9, 1000)).toHaveLength(1);
        expect(await store.jobs.claim("other", 9, 1000)).toHaveLength(1);
      });

      test("are two when one has begun, also when it goes back", async () => {
        await enqueue(newJob("a"));
        const first = await claimOne();
        await enqueue(newJob("a"));
        await enqueue(newJob("a"));
        await store.jobs.release(first, clock.now());
        expect(await store.jobs.claim("work", 9, 1000)).toHaveLength(2);
      });

      test("are one however many enqueue at once", async () => {
        await Promise.all(Array.from({ length: 12 }, () => enqueue(newJob("a"))));
        expect(await store.jobs.claim("work", 99, 1000)).toHaveLength(1);
      });

      test("are not lost: a change that joins a waiting job is seen by a job", async () => {
        const seen = new Set<string>();
        const work = async () => {
          for (const job of await store.jobs.claim("work", 5, 60_000)) {
            for (const key of await keys()) seen.add(key);
            await finish(job);
          }
        };
        for (let round = 0; round < 15; round += 1) {
          await enqueue(newJob("index"));
          const name = `change-${String(round).padStart(2, "0")}`;
          // While the change has joined the job and not yet committed, a worker comes for the job.
          const change = store.transaction(async (tx) => {
            await tx.enqueue(newJob("index"));
            await sleep(5);
            await tx.tables<SuiteTables>().insertInto("thing").values(thing(name)).execute();
          });
          await sleep(1);
          await Promise.all([change, work()]);
          await work();
          expect([...seen]).toContain(name);
        }
      });
    });

    test("unfinished are those of an account and principal, waiting or leased", async () => {
      await enqueue(
        newJob("waiting", { servicePrincipal: principal, notBefore: clock.now() + 60_000 }),
        newJob("leased", { servicePrincipal: principal }),
        newJob("elsewhere", { servicePrincipal: principal, account: other }),
        newJob("nobody's"),
        newJob("another's", { servicePrincipal: "ecs.amazonaws.com" }),
      );
      await store.jobs.claim("work", 9, 1000);
      const found = await store.transaction((tx) => store.jobs.unfinished(tx, account, principal));
      expect(found.map(({ key }) => key).sort()).toEqual(["leased", "waiting"]);
      expect(await store.jobs.unfinished(store.rows, other, principal)).toHaveLength(1);
    });

    describe("wake", () => {
      const wakeOf = (queue: string) => {
        let forget = () => {};
        const woken = new Promise<void>((resolve) => {
          forget = store.jobs.onDue(queue, resolve);
        });
        return { woken, forget: () => forget() };
      };

      test("after a commit of this process", async () => {
        const { woken, forget } = wakeOf("work");
        await enqueue(newJob("a"));
        await expect(woken).resolves.toBeUndefined();
        forget();
      });

      test("whoever comes when a job is already due", async () => {
        await enqueue(newJob("a"));
        const { woken, forget } = wakeOf("work");
        await expect(woken).resolves.toBeUndefined();
        forget();
      });

      test("when the time of a job has come, and when a lease ran out", async () => {
        await enqueue(newJob("a", { notBefore: clock.now() + 40 }));
        const first = wakeOf("work");
        await first.woken;
        first.forget();
        expect(await store.jobs.claim("work", 1, 40)).toHaveLength(1);
        const second = wakeOf("work");
        await second.woken;
        expect(await store.jobs.claim("work", 1, 1000)).toMatchObject([{ attempt: 2 }]);
        second.forget();
      });

      test("after a commit of another process", async () => {
        const { woken, forget } = wakeOf("work");
        const second = await open(where, migrations);
        await second.transaction((tx) => tx.enqueue(newJob("a")));
        await expect(woken).resolves.toBeUndefined();
        forget();
        await second.close();
      });

      test("all who listen, and nobody who has left", async () => {
        let left = 0;
        store.jobs.onDue("work", () => {
          left += 1;
        })();
        const [one, two] = [wakeOf("work"), wakeOf("work")];
        await enqueue(newJob("a"));
        await Promise.all([one.woken, two.woken]);
        expect(left).toBe(0);
        one.forget();
        two.forget();
      });
    });
  });

  test("two processes keep every promise together", async () => {
    const at = await place();
    const theirs = rivalProcess(at.url, at.dataDir, "them");
    const mine = await open(at, rivalMigrations);
    const reports = await Promise.all([compete(mine, "us"), theirs]);

    const counter = await mine.rows.tables<RivalTables>().selectFrom("counter").selectAll().execute();
    expect(counter).toEqual([{ name: "all", value: 2 * rivalCounts }]);
    const places = await mine.rows.tables<RivalTables>().selectFrom("place").selectAll().execute();
    expect(places).toHaveLength(rivalPlaces);
    expect(reports.map(({ places }) => places).reduce((a, b) => a + b)).toBe(rivalPlaces);

    const left = await mine.jobs.claim("rivals", 1000, 1000);
    const taken = [...reports.flatMap(({ jobs }) => jobs), ...left.map(({ key }) => key)];
    const made = ["us", "them"].flatMap((name) =>
      Array.from({ length: rivalJobs }, (_, i) => `${name}-${i}`),
    );
    expect(taken.sort()).toEqual(made.sort());

    expect(await mine.epoch(rivalAccount)).toBe(2 * rivalCounts);
    for (const { epoch } of reports) expect(epoch).toBeGreaterThanOrEqual(rivalCounts);
    await mine.close();
  });
}
