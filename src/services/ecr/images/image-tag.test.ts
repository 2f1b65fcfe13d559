import { expect, test } from "vitest";
import { isImageTag } from "./image-tag.ts";

test.each([
  ["latest", true],
  ["v1.0_RC-1", true],
  ["_", true],
  ["1".repeat(128), true],
  ["1".repeat(300), true],
  ["1".repeat(301), false],
  ["", false],
  [".a", false],
  ["-a", false],
  ["a b", false],
  ["a:b", false],
  ["ü", false],
  ["a\n", false],
])("tag %j: %s", (tag, expected) => {
  expect(isImageTag(tag)).toBe(expected);
});
