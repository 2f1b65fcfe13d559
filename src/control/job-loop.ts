import { second } from "../kernel/duration.ts";
import { backoff } from "../store/backoff.ts";
import type { Job } from "../store/types.ts";
import type { LoopPorts } from "./ports.ts";

/** What a loop does with the jobs of one queue. */
export interface JobWork {
  readonly queue: string;
  /** Jobs worked on at once. */
  readonly concurrency: number;
  /**
   * Does one job and ends it: finishes, buries or releases it. What it throws is logged and the job is tried again.
   * It may run twice for a job (a crash, a lost lease), so its effects are idempotent.
   * @param signal aborts when the lease is lost: the job belongs to another worker, so no further step is begun.
   */
  work(job: Job, signal: AbortSignal): Promise<void>;
  /** How long a claimed job stays ours without a word, in milliseconds; half a minute by default. */
  readonly leaseMs?: number;
  /** How long `stop` waits for work in progress before it hands the jobs back; five seconds by default. */
  readonly graceMs?: number;
}

export interface JobLoop {
  /** Takes no more jobs, lets those in progress finish for a while, and hands back the rest. */
  stop(): Promise<void>;
}

/**
 * Works on the due jobs of a queue, a bounded number at once, as soon as the store says that one may be due. Leases are
 * renewed while work goes on; after a crash they run out and the jobs are taken again, by any process.
 */
export function startJobLoop(
  ports: Pick<LoopPorts, "jobs" | "clock" | "random" | "log">,
  work: JobWork,
): JobLoop {
  const loop = new Loop(ports, work);
  loop.begin();
  return loop;
}

/** A job's lease: when it was last taken or renewed (epoch ms), and what tells the work that it is lost. */
interface Lease {
  since: number;
  readonly lost: AbortController;
}

class Loop implements JobLoop {
  readonly #ports: Pick<LoopPorts, "jobs" | "clock" | "random" | "log">;
  readonly #work: JobWork;
  readonly #leaseMs: number;
  readonly #running = new Map<Job, Promise<void>>();
  /** The lease of each job in progress. */
  readonly #held = new Map<Job, Lease>();
  #filling: Promise<void> | undefined;
  #wokenAgain = false;
  #stopped = false;
  #unsubscribe: () => void = () => {};

  constructor(ports: Pick<LoopPorts, "jobs" | "clock" | "random" | "log">, work: JobWork) {
    this.#ports = ports;
    this.#work = work;
    this.#leaseMs = work.leaseMs ?? 30 * second;
  }

  begin(): void {
    this.#unsubscribe = this.#ports.jobs.onDue(this.#work.queue, () => this.#wake());
    this.#wake();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unsubscribe();
    await this.#filling;
    await settledWithin([...this.#running.values()], this.#work.graceMs ?? 5 * second);
    const { jobs, clock } = this.#ports;
    const left = [...this.#running.keys()];
    await Promise.all(left.map((job) => jobs.release(job, clock.now(), "handed back: stopping")));
  }

  /** Fills the free places; a wake-up that comes meanwhile makes it look once more. */
  #wake(): void {
    if (this.#stopped) return;
    if (this.#filling !== undefined) {
      this.#wokenAgain = true;
      return;
    }
    this.#wokenAgain = false;
    this.#filling = this.#fill().then(
      () => this.#filled(),
      (error: unknown) => {
        // The store calls again at its next poll, so a database that is away for a while is no reason to spin.
        this.#ports.log.error({ err: error, queue: this.#work.queue }, "jobs could not be claimed");
        this.#wokenAgain = false;
        this.#filled();
      },
    );
  }

  #filled(): void {
    this.#filling = undefined;
    if (this.#wokenAgain) this.#wake();
  }

  async #fill(): Promise<void> {
    const free = this.#work.concurrency - this.#running.size;
    if (free <= 0) return;
    await this.#renewOverdue();
    const now = this.#ports.clock.now();
    const claimed = await this.#ports.jobs.claim(this.#work.queue, free, this.#leaseMs);
    for (const job of claimed) {
      const lease = { since: now, lost: new AbortController() };
      this.#held.set(job, lease);
      this.#running.set(job, this.#run(job, lease));
    }
  }

  /**
   * Renews what the timer has not renewed in time: the clock was moved, the machine slept, or the process was busy.
   * INVARIANT: a loop never claims a job that it is working on.
   */
  async #renewOverdue(): Promise<void> {
    const before = this.#ports.clock.now() - this.#leaseMs / 2;
    const overdue = [...this.#held].filter(([, { since }]) => since < before);
    await Promise.all(overdue.map(([job, lease]) => this.#renew(job, lease)));
  }

  async #run(job: Job, lease: Lease): Promise<void> {
    const renewal = setInterval(() => void this.#renew(job, lease), this.#leaseMs / 3);
    try {
      await this.#work.work(job, lease.lost.signal);
    } catch (error) {
      await this.#retry(job, error);
    } finally {
      clearInterval(renewal);
      this.#running.delete(job);
      this.#held.delete(job);
      this.#wake();
    }
  }

  async #renew(job: Job, lease: Lease): Promise<void> {
    const now = this.#ports.clock.now();
    try {
      if (await this.#ports.jobs.extend(job, this.#leaseMs)) lease.since = now;
      else lease.lost.abort();
    } catch (error) {
      this.#ports.log.error(
        { err: error, queue: job.queue, job: job.id },
        "a job's lease could not be renewed",
      );
    }
  }

  async #retry(job: Job, error: unknown): Promise<void> {
    const { jobs, clock, random, log } = this.#ports;
    log.error({ err: error, queue: job.queue, job: job.id, attempt: job.attempt }, "a job failed");
    const text = error instanceof Error ? error.message : String(error);
    try {
      await jobs.release(job, clock.now() + backoff(job.attempt, random), text);
    } catch (releaseError) {
      // Its lease runs out by itself.
      log.error({ err: releaseError, queue: job.queue, job: job.id }, "a job could not be released");
    }
  }
}

/** Waits until all have settled, or until the time is over. */
async function settledWithin(work: readonly Promise<void>[], ms: number): Promise<void> {
  if (work.length === 0) return;
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([Promise.all(work), timeout]);
  clearTimeout(timer);
}
