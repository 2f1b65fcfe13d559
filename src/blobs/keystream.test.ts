import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { discard, Keystream, newSalt, type VaultKeys } from "./keystream.ts";

const bytes = randomBytes(300_001);
const salt = newSalt();

test.each([1, 2])("with %d keys, bytes are encrypted alike in place and not, from any offset", (count) => {
  const keys: VaultKeys = count === 1 ? [randomBytes(32)] : [randomBytes(32), randomBytes(32)];
  const whole = new Keystream(keys, salt, 0).apply(bytes);
  expect(whole.equals(bytes)).toBe(false);
  for (const offset of [0, 1, 16, 131_072, 200_003]) {
    const own = Buffer.from(bytes.subarray(offset));
    const keystream = new Keystream(keys, salt, offset);
    keystream.applyInPlace(own.subarray(0, 150_000));
    keystream.applyInPlace(own.subarray(150_000));
    expect(own.equals(whole.subarray(offset))).toBe(true);
  }
  new Keystream(keys, salt, 0).applyInPlace(whole);
  expect(whole.equals(bytes)).toBe(true);
});

test("what is discarded has no memory any more, and what else there is keeps its own", () => {
  const keystream = new Keystream([randomBytes(32)], salt, 0);
  const [one, other, empty] = [Buffer.from("one"), Buffer.from("other"), Buffer.alloc(0)].map((given) =>
    keystream.apply(given),
  );
  if (one === undefined || other === undefined || empty === undefined) throw new Error("three were applied");
  const before = Buffer.from(other);
  discard(one);
  discard(empty);
  expect([one.length, other.equals(before)]).toEqual([0, true]);
  discard(keystream.apply(Buffer.alloc(0)));
});
