import { describe, expect, test } from "vitest";
import { type IdPrefix, secretAccessKey, uniqueId, uuid } from "./ids.ts";
import { type Random, systemRandom } from "./random.ts";

/** All bytes alike. */
const constant = (byte: number): Random => ({ bytes: (size) => Buffer.alloc(size, byte) });

describe("ids", () => {
  /** IAM User Guide, "IAM identifiers": 21 characters, access keys 20. */
  test.each<readonly [IdPrefix, number]>([
    ["AIDA", 21],
    ["AROA", 21],
    ["AGPA", 21],
    ["ANPA", 21],
    ["AIPA", 21],
    ["AKIA", 20],
    ["ASIA", 20],
  ])("%s… has %i characters", (prefix, size) => {
    const id = uniqueId(prefix, systemRandom);
    expect(id).toMatch(new RegExp(`^${prefix}[A-Z2-7]+$`));
    expect(id.length).toBe(size);
  });

  test("secrets have forty characters of sixty-four", () => {
    for (let i = 0; i < 50; i++) expect(secretAccessKey(systemRandom)).toMatch(/^[A-Za-z0-9+/]{40}$/);
  });

  test("every letter is as likely as any other", () => {
    let byte = 0;
    const counting: Random = {
      bytes: (size) => Buffer.from(Array.from({ length: size }, () => byte++ % 256)),
    };
    const counts = new Map<string, number>();
    // 32 secrets are 1280 letters: each byte five times, each letter twenty times.
    for (let i = 0; i < 32; i++) {
      for (const letter of secretAccessKey(counting)) counts.set(letter, (counts.get(letter) ?? 0) + 1);
    }
    expect(counts.size).toBe(64);
    expect(new Set(counts.values())).toEqual(new Set([20]));
  });

  test.each([
    [0x00, "00000000-0000-4000-8000-000000000000"],
    [0xff, "ffffffff-ffff-4fff-bfff-ffffffffffff"],
  ])("UUIDs say that they are of version 4: %i", (byte, expected) => {
    expect(uuid(constant(byte))).toBe(expected);
  });
});
