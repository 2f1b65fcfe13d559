import { describe, expect, test } from "vitest";
import type { AccountId, Region } from "../kernel/brand.ts";
import { systemRandom } from "../kernel/random.ts";
import type { Job, Jobs } from "../store/types.ts";
import { type JobWork, startJobLoop } from "./job-loop.ts";

const now = 1_000_000;

/** A queue in memory that records what is done to its jobs. */
class FakeQueue {
  readonly waiting: Job[] = [];
  readonly released: { readonly id: string; readonly at: number; readonly error?: string }[] = [];
  readonly logged: string[] = [];
  held = true;
  claimFails = false;
  claims = 0;
  time = now;
  /** What was asked of the queue, in order. */
  readonly asked: string[] = [];
  wake: () => void = () => {};

  readonly jobs = {
    claim: async (_queue: string, limit: number) => {
      this.claims++;
      this.asked.push("claim");
      if (this.claimFails) throw new Error("the database is away");
      return this.waiting.splice(0, limit);
    },
    extend: async ({ id }: Job) => {
      this.asked.push(`extend ${id}`);
      return this.held;
    },
    release: async ({ id }: Job, at: number, error?: string) => {
      this.released.push({ id, at, error });
    },
    onDue: (_queue: string, wake: () => void) => {
      this.wake = wake;
      return () => {
        this.wake = () => {};
      };
    },
  } as unknown as Jobs;

  add(...ids: string[]): void {
    for (const id of ids) {
      this.waiting.push({
        id,
        queue: "q",
        key: id,
        account: "000000000000" as AccountId,
        region: "us-east-1" as Region,
        payload: {},
        attempt: 1,
        lease: "l",
        createdAt: now,
      });
    }
    this.wake();
  }

  start(work: JobWork["work"], more: Partial<JobWork> = {}) {
    const log = (_: object, message: string) => this.logged.push(message);
    return startJobLoop(
      {
        jobs: this.jobs,
        clock: { now: () => this.time },
        random: systemRandom,
        log: { info: log, error: log },
      },
      { queue: "q", concurrency: 2, work, ...more },
    );
  }
}

/** Work that goes on until it is told to end. */
function gate() {
  const open = new Map<string, () => void>();
  const signals = new Map<string, AbortSignal>();
  const work = ({ id }: Job, signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      signals.set(id, signal);
      open.set(id, () => {
        open.delete(id);
        resolve();
      });
    });
  return { open, signals, work };
}

const inProgress = (doors: ReturnType<typeof gate>) => [...doors.open.keys()];

describe("a loop over a queue", () => {
  test("begins with what waits, works on a bounded number, and takes the next when a place is free", async () => {
    const queue = new FakeQueue();
    const doors = gate();
    queue.add("a", "b", "c");
    const loop = queue.start(doors.work);
    await expect.poll(() => inProgress(doors)).toEqual(["a", "b"]);
    queue.add("d");
    doors.open.get("b")?.();
    await expect.poll(() => inProgress(doors)).toEqual(["a", "c"]);
    doors.open.get("a")?.();
    await expect.poll(() => inProgress(doors)).toEqual(["c", "d"]);
    doors.open.get("c")?.();
    doors.open.get("d")?.();
    await loop.stop();
    expect(queue.released).toEqual([]);
  });

  test("puts a job back, later, when the work throws, and goes on", async () => {
    const queue = new FakeQueue();
    const done: string[] = [];
    const loop = queue.start(async ({ id }) => {
      if (id === "bad") throw new Error("no luck");
      done.push(id);
    });
    queue.add("bad", "good");
    await expect.poll(() => done).toEqual(["good"]);
    await expect.poll(() => queue.released.length).toBe(1);
    expect(queue.released[0]).toMatchObject({ id: "bad", error: "no luck" });
    expect(queue.released[0]?.at).toBeGreaterThan(now);
    expect(queue.logged).toEqual(["a job failed"]);
    await loop.stop();
  });

  test("tells the work when its lease is lost", async () => {
    const queue = new FakeQueue();
    const doors = gate();
    const loop = queue.start(doors.work, { leaseMs: 3 });
    queue.add("a");
    await expect.poll(() => doors.signals.get("a")?.aborted).toBe(false);
    queue.held = false;
    await expect.poll(() => doors.signals.get("a")?.aborted).toBe(true);
    doors.open.get("a")?.();
    await loop.stop();
  });

  test("renews what the clock has overtaken before it claims: it never takes a job that it is working on", async () => {
    const queue = new FakeQueue();
    const doors = gate();
    const loop = queue.start(doors.work);
    queue.add("a");
    await expect.poll(() => inProgress(doors)).toEqual(["a"]);
    for (const ahead of [10_000, 21_000]) {
      queue.asked.length = 0;
      queue.time += ahead;
      queue.wake();
      const renewed = ahead > 15_000 ? ["extend a"] : [];
      await expect.poll(() => queue.asked).toEqual([...renewed, "claim"]);
    }
    expect(doors.signals.get("a")?.aborted).toBe(false);
    doors.open.get("a")?.();
    await loop.stop();
  });

  test("waits for what can finish when it stops, and hands back the rest at once", async () => {
    const queue = new FakeQueue();
    const doors = gate();
    const loop = queue.start(doors.work, { graceMs: 50 });
    queue.add("slow", "stuck");
    await expect.poll(() => inProgress(doors)).toEqual(["slow", "stuck"]);
    const stopped = loop.stop();
    queue.add("late");
    doors.open.get("slow")?.();
    await stopped;
    expect(queue.released).toEqual([{ id: "stuck", at: now, error: "handed back: stopping" }]);
    expect(queue.waiting.map(({ id }) => id)).toEqual(["late"]);
  });

  test("survives a database that is away", async () => {
    const queue = new FakeQueue();
    const doors = gate();
    queue.claimFails = true;
    const loop = queue.start(doors.work);
    await expect.poll(() => queue.logged).toEqual(["jobs could not be claimed"]);
    expect(queue.claims).toBe(1);
    queue.claimFails = false;
    queue.add("a");
    await expect.poll(() => inProgress(doors)).toEqual(["a"]);
    doors.open.get("a")?.();
    await loop.stop();
  });
});
