import { expect, test } from "vitest";
import { hasEntityTag } from "./entity-tag.ts";

test.each([
  [undefined, false],
  ['"sha256:a"', true],
  ['W/"x", "sha256:a"', true],
  ["*", true],
  ['"sha256:b"', false],
])("If-None-Match %s: %s", (header, expected) => {
  expect(hasEntityTag(header, "sha256:a")).toBe(expected);
});
