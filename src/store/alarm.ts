import { second } from "../kernel/duration.ts";

/** The longest time between two looks at the database: other processes enqueue too. Milliseconds. */
const pollEvery = second;

/** When the earliest job of a queue may be taken (epoch ms), or `undefined` when it has none. */
export type NextDue = (queue: string) => Promise<number | undefined>;

/** Wakes the loops that take jobs: after a commit of this process, and otherwise by looking once a second. */
export interface Alarm {
  /** Calls `wake` when a job may be due in the queue, until the returned function is called. */
  onDue(queue: string, wake: () => void): () => void;
  /** Says that a job of the queue was committed, due at `dueAt` (epoch ms). */
  ring(queue: string, dueAt: number): void;
  close(): Promise<void>;
}

/** Makes an alarm. Its timer keeps no process alive; `failed` hears of a look that failed, and of a `wake` that threw. */
export function alarm(now: () => number, nextDue: NextDue, failed: (error: unknown) => void): Alarm {
  const sleepers = new Map<string, Set<() => void>>();
  let timer: NodeJS.Timeout | undefined;
  let timerAt = Number.POSITIVE_INFINITY;
  let looking: Promise<void> | undefined;
  let closed = false;

  /** Makes sure that a look happens in `ms` or sooner. */
  function lookIn(ms: number): void {
    const at = performance.now() + Math.max(0, ms);
    if (closed || sleepers.size === 0 || at >= timerAt) return;
    clearTimeout(timer);
    timerAt = at;
    timer = setTimeout(startLook, Math.max(0, ms));
    timer.unref();
  }

  function startLook(): void {
    timerAt = Number.POSITIVE_INFINITY;
    looking ??= look()
      .catch(failed)
      .finally(() => {
        looking = undefined;
        lookIn(pollEvery);
      });
  }

  async function look(): Promise<void> {
    for (const queue of [...sleepers.keys()]) {
      const due = await nextDue(queue);
      if (due === undefined) continue;
      const wait = due - now();
      if (wait <= 0) wake(queue);
      else if (wait < pollEvery) lookIn(wait);
    }
  }

  function wake(queue: string): void {
    for (const one of [...(sleepers.get(queue) ?? [])]) {
      try {
        one();
      } catch (error) {
        // A change that is committed must not look as if it had failed because of who heard of it.
        failed(error);
      }
    }
  }

  return {
    onDue(queue, wakeOne) {
      // A function of its own, so that the same `wake` given twice is called twice and taken back once each.
      const sleeper = () => wakeOne();
      const others = sleepers.get(queue) ?? new Set();
      sleepers.set(queue, others.add(sleeper));
      lookIn(0);
      return () => {
        others.delete(sleeper);
        if (others.size === 0 && sleepers.get(queue) === others) sleepers.delete(queue);
      };
    },
    ring(queue, dueAt) {
      const wait = dueAt - now();
      if (wait <= 0) wake(queue);
      else lookIn(Math.min(wait, pollEvery));
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      sleepers.clear();
      await looking;
    },
  };
}
