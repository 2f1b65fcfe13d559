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
import { movableClock, systemClock } from "../kernel/clock.ts";
import { systemRandom } from "../kernel/random.ts";
import { fixedQuery } from "./fixed-query.ts";
import { openStore } from "./open.ts";
import {
  account,
  migrations,
  newJob,
  other,
  type Place,
  principal,
  type SuiteTables,
  thing,
  thingKeys,
} from "./testing/fixture.ts";
import { jobSuite } from "./testing/job-suite.ts";
import { migrationSuite } from "./testing/migration-suite.ts";
import type { Migration, Queries, RoleLock, Store, Tx } from "./types.ts";

/** What the store must do on every database. */
export function storeSuite(place: () => Promise<Place>): void {
  const clock = movableClock();
  let where: Place;
  let store: Store;

  const open = (at: Place, list: readonly Migration[]) =>
    openStore({ ...at, migrations: list, clock, random: systemRandom });
  const add = (row: SuiteTables["thing"]) =>
    store.transaction((tx) => tx.tables<SuiteTables>().insertInto("thing").values(row).execute());
  const keys = () => thingKeys(store);

  beforeAll(async () => {
    where = await place();
    store = await open(where, migrations);
  });
  beforeEach(() => store.reset());
  afterAll(() => store.close());

  migrationSuite(place);

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

  describe("a fixed query", () => {
    const thingsFrom = fixedQuery(
      (tables: Queries<SuiteTables>, given: { readonly key: string; readonly at: number }) =>
        tables
          .selectFrom("thing")
          .select("key")
          .where("key", ">=", given.key)
          .where("at", "=", given.at)
          .orderBy("key"),
    );

    test("answers for the values of each asking", async () => {
      await add(thing("a", 1));
      await add(thing("b", 2));
      await add(thing("c", 1));
      expect(await thingsFrom(store.rows, { key: "a", at: 1 })).toEqual([{ key: "a" }, { key: "c" }]);
      expect(await thingsFrom(store.rows, { at: 1, key: "b" })).toEqual([{ key: "c" }]);
      expect(await thingsFrom(store.rows, { key: "a", at: 2 })).toEqual([{ key: "b" }]);
    });

    test("asked in a transaction sees what it has written, and is refused after its end", async () => {
      let ended: Tx | undefined;
      const inside = await store.transaction(async (tx) => {
        ended = tx;
        await tx.tables<SuiteTables>().insertInto("thing").values(thing("new", 7)).execute();
        expect(await thingsFrom(store.rows, { key: "new", at: 7 })).toEqual([]);
        return thingsFrom(tx, { key: "new", at: 7 });
      });
      expect(inside).toEqual([{ key: "new" }]);
      await expect(thingsFrom(ended ?? store.rows, { key: "new", at: 7 })).rejects.toThrow(/committed/);
    });

    test("cannot be built from the values themselves", async () => {
      const given = { key: "a" };
      const joined = fixedQuery((tables: Queries<SuiteTables>, { key }: { readonly key: string }) =>
        tables.selectFrom("thing").select("key").where("key", "=", `${key}!`),
      );
      const spread = fixedQuery((tables: Queries<SuiteTables>, all: { readonly key: string }) =>
        tables
          .selectFrom("thing")
          .select("key")
          .where((row) => row.and({ ...all })),
      );
      await expect(joined(store.rows, given)).rejects.toThrow("key has no value while the query is built");
      await expect(spread(store.rows, given)).rejects.toThrow("named one by one");
    });
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

  test("what is in the queues is counted by what it does", async () => {
    const region = "eu-west-1" as Region;
    const job = (key: string, notBefore?: number) => ({
      ...{ queue: "counted", key, account, region, payload: null },
      ...(notBefore === undefined ? {} : { notBefore }),
    });
    await store.transaction(async (tx) => {
      for (const key of ["a", "b", "c"]) await tx.enqueue(job(key));
    });
    const [first] = await store.jobs.claim("counted", 2, 1000);
    await store.transaction(async (tx) => {
      await tx.enqueue(job("later", clock.now() + 5000));
      if (first !== undefined) await store.jobs.bury(tx, first, "given up");
    });
    const counted = (await store.jobs.backlog()).filter(({ queue }) => queue === "counted");
    expect(Object.fromEntries(counted.map(({ state, jobs }) => [state, jobs]))).toEqual({
      ...{ due: 1, taken: 1, waiting: 1, buried: 1 },
    });
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

  jobSuite(() => ({ store, clock, another: () => open(where, migrations) }));

  test("two processes keep every promise together", async () => {
    const at = await place();
    const theirs = rivalProcess(at.url, at.dataDir, "them");
    // By the machine's time, as theirs: leases hold among processes whose clocks agree.
    const mine = await openStore({
      ...at,
      migrations: rivalMigrations,
      clock: systemClock,
      random: systemRandom,
    });
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
