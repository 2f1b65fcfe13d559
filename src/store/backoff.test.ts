import { expect, test } from "vitest";
import type { Random } from "../kernel/random.ts";
import { backoff } from "./backoff.ts";

const least: Random = { bytes: (size) => Buffer.alloc(size, 0) };
const most: Random = { bytes: (size) => Buffer.alloc(size, 0xff) };

const rows: readonly (readonly [attempt: number, from: number, to: number])[] = [
  [0, 500, 1000],
  [1, 500, 1000],
  [2, 1000, 2000],
  [5, 8000, 16_000],
  [9, 128_000, 256_000],
  [10, 150_000, 300_000],
  [1000, 150_000, 300_000],
];

test.each(rows)("after failure %i between %i and %i ms", (attempt, from, to) => {
  expect(backoff(attempt, least)).toBe(from);
  expect(backoff(attempt, most)).toBe(to);
});
