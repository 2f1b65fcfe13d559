import { setTimeout as delay } from "node:timers/promises";
import type { ReportSink, TaskReport } from "../task.ts";
import type { RuntimeLog } from "./task-engine.ts";

/** How long until a report that failed is told again, in milliseconds: doubling. */
const firstWait = 200;
const longestWait = 10_000;

/**
 * Tells the reports of one task, in order, each until it is taken. Of reports with the same status only the newest is
 * kept waiting, so a slow listener gets few; no status is left out.
 */
export class ReportQueue {
  readonly #sink: ReportSink;
  readonly #log: RuntimeLog;
  readonly #waiting: TaskReport[] = [];
  readonly #abort = new AbortController();
  #last = "";
  #telling: Promise<void> | undefined;

  constructor(sink: ReportSink, log: RuntimeLog) {
    this.#sink = sink;
    this.#log = log;
  }

  /** Tells a report, unless it says what the last one said. */
  push(report: TaskReport): void {
    const text = JSON.stringify(report);
    if (text === this.#last) return;
    this.#last = text;
    if (this.#waiting.at(-1)?.status === report.status) this.#waiting.pop();
    this.#waiting.push(report);
    this.#telling ??= this.#tell();
  }

  /** Tells no more. Reports that were not taken are told anew by whoever goes on with the task. */
  async close(): Promise<void> {
    this.#abort.abort();
    await this.#telling;
  }

  async #tell(): Promise<void> {
    const { signal } = this.#abort;
    for (let report = this.#waiting.shift(); report !== undefined; report = this.#waiting.shift()) {
      let wait = firstWait;
      while (!signal.aborted) {
        try {
          await this.#sink(report);
          break;
        } catch (error) {
          this.#log.error({ err: error, task: report.taskArn }, "a task's state could not be told");
          await delay(wait, undefined, { signal }).catch(() => {});
          wait = Math.min(longestWait, wait * 2);
          // A newer report of the same status says it better.
          if (this.#waiting[0]?.status === report.status) report = this.#waiting.shift() ?? report;
        }
      }
    }
    // In the same step in which nothing was left, so that no report falls between.
    this.#telling = undefined;
  }
}
