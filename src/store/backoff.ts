import { minute, second } from "../kernel/duration.ts";
import type { Random } from "../kernel/random.ts";

/** The wait after a first failure, and the longest, in milliseconds. */
const first = second;
const longest = 5 * minute;

/**
 * How long to wait after the `attempt`-th failure (from 1) of a job: doubling from one second to five minutes, of which
 * the second half is by chance, so that what failed together does not come back together.
 * @returns milliseconds.
 */
export function backoff(attempt: number, random: Random): number {
  const whole = Math.min(longest, first * 2 ** (Math.max(1, attempt) - 1));
  return Math.round(whole / 2 + (whole / 2) * fraction(random));
}

/** A number from 0 up to, not including, 1. */
export function fraction(random: Random): number {
  return random.bytes(4).readUInt32BE() / 2 ** 32;
}
