import { expect, test } from "vitest";
import { systemRandom } from "./random.ts";

test("bytes are given out once, and nobody else can change them", () => {
  const given = Array.from({ length: 2_000 }, () => systemRandom.bytes(16));
  const texts = given.map((bytes) => bytes.toString("hex"));
  expect(new Set(texts).size).toBe(given.length);
  systemRandom.bytes(16).fill(0);
  expect(given.map((bytes) => bytes.toString("hex"))).toEqual(texts);
});

test.each([0, 1, 16, 64, 65, 5_000])("%d bytes are asked for and given", (size) => {
  expect(systemRandom.bytes(size)).toHaveLength(size);
});
