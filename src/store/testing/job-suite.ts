import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, test } from "vitest";
import type { MovableClock } from "../../kernel/clock.ts";
import type { JobTables } from "../job-rows.ts";
import type { Job, NewJob, Store } from "../types.ts";
import { account, newJob, other, principal, region, type SuiteTables, thing, thingKeys } from "./fixture.ts";

/** A store under test, the clock it goes by, and how to open its rows as another process would. */
export interface JobSubject {
  readonly store: Store;
  readonly clock: MovableClock;
  another(): Promise<Store>;
}

/** What jobs must do on every database. */
export function jobSuite(subject: () => JobSubject): void {
  let store: Store;
  let clock: MovableClock;
  const another = () => subject().another();
  beforeEach(() => {
    ({ store, clock } = subject());
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
            for (const key of await thingKeys(store)) seen.add(key);
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
        const second = await another();
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
}
