import { describe, expect, test } from "vitest";
import type { Session } from "../../kernel/principal.ts";
import type { Tag } from "../../kernel/tags.ts";
import { sessionTags } from "./session-tags.ts";

const tag = (key: string, value = "v"): Tag => ({ key, value });
const calling = (tags: readonly Tag[], transitiveTagKeys: readonly string[]): Session => ({
  issuedAt: 0,
  expiresAt: 1,
  tags,
  transitiveTagKeys,
});

describe("session tags", () => {
  test.each([
    ["none", [], [], undefined, [], []],
    ["requested", [tag("a")], [], undefined, ["a"], []],
    ["transitive", [tag("a"), tag("b")], ["a"], undefined, ["a", "b"], ["a"]],
    ["inherited", [tag("c")], [], calling([tag("a"), tag("b")], ["a"]), ["a", "c"], ["a"]],
    ["not inherited", [], [], calling([tag("a")], []), [], []],
  ] as const)("%s", (_name, requested, transitive, session, keys, transitiveKeys) => {
    const made = sessionTags(requested, transitive, session);
    expect(made.tags.map((each) => each.key)).toEqual(keys);
    expect(made.transitiveTagKeys).toEqual(transitiveKeys);
  });

  // Texts: responses of AWS recorded in localstack's tests/aws/services/sts/test_sts.snapshot.json.
  test.each([
    [
      "transitive key without tag",
      [tag("a")],
      ["b"],
      undefined,
      "The specified transitive tag key must be included in the requested tags.",
    ],
    [
      "keys that differ in case",
      [tag("a"), tag("A")],
      [],
      undefined,
      "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    ],
    [
      "inherited key set again",
      [tag("A")],
      [],
      calling([tag("a")], ["a"]),
      "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
    ],
  ] as const)("refuses: %s", (_name, requested, transitive, session, message) => {
    expect(() => sessionTags(requested, transitive, session)).toThrow(
      expect.objectContaining({ code: "InvalidParameterValue", message }),
    );
  });
});
