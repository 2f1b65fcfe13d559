import { describe, expect, test } from "vitest";
import { digestOf, isRepositoryName, isUploadId, manifestReference, tagOf } from "./references.ts";

const digest = `sha256:${"0a".repeat(32)}`;

test.each([
  ["0d3c6f9c-1c3e-4b61-9f0a-0a1b2c3d4e5f", true],
  ["0D3C6F9C-1C3E-4B61-9F0A-0A1B2C3D4E5F", false],
  ["../../x", false],
])("upload id %s: %s", (id, expected) => {
  expect(isUploadId(id)).toBe(expected);
});

describe("references", () => {
  test.each(["latest", "1.0.2", "_x", "a".repeat(300), digest])("%s names a manifest", (reference) => {
    expect(manifestReference(reference, { sha512: false })).toBe(reference);
  });
  test.each([
    ["a".repeat(301), "TAG_INVALID"],
    [".hidden", "TAG_INVALID"],
    ["a b", "TAG_INVALID"],
    ["", "TAG_INVALID"],
    ["sha256:short", "DIGEST_INVALID"],
    ["sha256:", "DIGEST_INVALID"],
    [digest.toUpperCase(), "DIGEST_INVALID"],
    [`sha512:${"0a".repeat(64)}`, "DIGEST_INVALID"],
  ])("%s is refused with %s", (reference, code) => {
    expect(() => manifestReference(reference, { sha512: false })).toThrow(expect.objectContaining({ code }));
  });
  test.each([
    [`sha512:${"0a".repeat(64)}`, true],
    [`sha512:${"0a".repeat(32)}`, false],
    [`sha384:${"0a".repeat(48)}`, false],
    [digest, true],
  ])("%s, where SHA-512 is taken: %s", (text, taken) => {
    const read = () => digestOf(text, { sha512: true });
    if (taken) expect(read()).toBe(text);
    else expect(read).toThrow(expect.objectContaining({ code: "DIGEST_INVALID" }));
  });
  test("a digest that is missing is refused", () => {
    expect(() => digestOf(null, { sha512: true })).toThrow(
      expect.objectContaining({ code: "DIGEST_INVALID" }),
    );
  });
  test("a tag is never a digest", () => {
    expect(() => tagOf(digest)).toThrow(expect.objectContaining({ code: "TAG_INVALID" }));
  });
});

test.each([
  ["ab", true],
  ["a", false],
  ["team/app", true],
  ["a.b_c__d--e/f", true],
  ["a".repeat(256), true],
  ["a".repeat(257), false],
  ["", false],
  ["Team/app", false],
  ["a//b", false],
  ["/ab", false],
  ["ab/", false],
  ["a___b", false],
  ["a..b", false],
  ["a.-b", false],
  ["-ab", false],
  ["ab\n", false],
  [`${"a-".repeat(127)}-`, false],
])("repository name %j: %s", (name, expected) => {
  expect(isRepositoryName(name)).toBe(expected);
});
