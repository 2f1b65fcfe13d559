import { describe, expect, test } from "vitest";
import type { Random } from "../kernel/random.ts";
import { retried, UncommittedError } from "./retry.ts";

const noWait: Random = { bytes: (size) => Buffer.alloc(size) };
const failure = (code: string) => Object.assign(new Error(code), { code });

/** Work that fails so often with these errors, the last one again and again, and then returns how often it ran. */
function failing(times: number, ...errors: readonly Error[]): () => Promise<number> {
  let ran = 0;
  return async () => {
    ran += 1;
    if (ran <= times) throw errors[Math.min(ran, errors.length) - 1];
    return ran;
  };
}

describe("a transaction that", () => {
  const rows: readonly (readonly [string, () => Promise<number>, number])[] = [
    ["succeeds runs once", failing(0), 1],
    ["cannot be serialised runs again", failing(3, failure("40001")), 4],
    ["was in a deadlock runs again", failing(2, failure("40P01")), 3],
    ["hid such an error runs again", failing(1, new UncommittedError(failure("40001"))), 2],
    ["collided once runs again", failing(1, failure("23505")), 2],
    ["meets several runs again", failing(3, failure("40001"), failure("23505"), failure("40P01")), 4],
    ["fails 29 times runs 30 times", failing(29, failure("40001")), 30],
  ];
  test.each(rows)("%s", async (_, work, ran) => {
    expect(await retried(noWait, work)).toBe(ran);
  });

  const refused: readonly (readonly [string, () => Promise<number>, object])[] = [
    [
      "fails 30 times is given up",
      failing(30, failure("40001")),
      { code: "ServiceUnavailable", status: 503 },
    ],
    ["collides twice is at fault", failing(2, failure("23505")), { code: "23505" }],
    ["fails otherwise is not run again", failing(1, failure("22P02")), { code: "22P02" }],
    [
      "hid another error says so",
      failing(1, new UncommittedError(failure("42P01"))),
      { name: "UncommittedError" },
    ],
    ["throws what has no code is not run again", failing(1, new Error("plain")), { message: "plain" }],
  ];
  test.each(refused)("%s", async (_, work, error) => {
    await expect(retried(noWait, work)).rejects.toMatchObject(error);
  });
});
