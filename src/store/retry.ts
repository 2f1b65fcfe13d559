import { setTimeout as sleep } from "node:timers/promises";
import { Fault } from "../kernel/fault.ts";
import type { Random } from "../kernel/random.ts";
import { fraction } from "./backoff.ts";

/** How often a transaction is run at most, and the bounds of the wait between two runs, in milliseconds. */
const runs = 30;
const firstWait = 4;
const longestWait = 100;

/** PostgreSQL's `serialization_failure` and `deadlock_detected` (appendix A, "PostgreSQL Error Codes"). */
const unordered: readonly unknown[] = ["40001", "40P01"];
const uniqueViolation = "23505";

/** A commit that PostgreSQL answered with a rollback, because a query had failed and the work hid that. */
export class UncommittedError extends Error {
  constructor(cause: unknown) {
    super("the transaction was rolled back: a query in it failed and its error was caught", { cause });
    this.name = "UncommittedError";
  }
}

/**
 * Runs the work again while PostgreSQL says that it could not be ordered among the others. Throws
 * `Fault("ServiceUnavailable")` when the others won every time, and every other error as it is.
 */
export async function retried<T>(random: Random, work: () => Promise<T>): Promise<T> {
  let collisions = 0;
  for (let run = 1; ; run += 1) {
    try {
      return await work();
    } catch (error) {
      const state = sqlState(error);
      // A row that another transaction made meanwhile is sometimes met as a unique violation. The second run sees the
      // row; when it violates as well, the work is at fault.
      if (state === uniqueViolation) collisions += 1;
      const again = unordered.includes(state) || (state === uniqueViolation && collisions === 1);
      if (!again) throw error;
      if (run === runs) {
        throw new Fault("ServiceUnavailable", "Too many concurrent changes. Please try again.", {
          status: 503,
          cause: error,
        });
      }
      await sleep(Math.min(longestWait, firstWait * 2 ** (run - 1)) * fraction(random));
    }
  }
}

function sqlState(error: unknown): unknown {
  if (error instanceof UncommittedError) return sqlState(error.cause);
  return error instanceof Error && "code" in error ? error.code : undefined;
}
