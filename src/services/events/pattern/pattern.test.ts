import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json } from "../../../kernel/json.ts";
import { eventPattern } from "./pattern.ts";

const matches = (pattern: Json, event: Json): boolean => eventPattern(JSON.stringify(pattern)).matches(event);

/** The rows of "Comparison operators for use in event patterns" (EventBridge User Guide), and their opposites. */
const rows: readonly (readonly [pattern: Json, value: Json | undefined, matches: boolean])[] = [
  [["a"], "a", true],
  [["a"], "b", false],
  [["a"], "A", false],
  [["a", "b"], "b", true],
  [[300], 300, true],
  [[300], "300", false],
  [[true], true, true],
  [[null], null, true],
  [[null], undefined, false],
  [[""], "", true],
  [["a"], ["b", "a"], true],
  [["a"], [["b"], ["a"]], true],
  [["a"], [], false],
  [["a"], { a: "a" }, false],
  [[{ prefix: "us-" }], "us-east-1", true],
  [[{ prefix: "us-" }], "eu-west-1", false],
  [[{ prefix: { "equals-ignore-case": "EventB" } }], "eventbridge", true],
  [[{ suffix: ".png" }], "a.png", true],
  [[{ suffix: ".png" }], "a.PNG", false],
  [[{ suffix: { "equals-ignore-case": ".png" } }], "a.PNG", true],
  [[{ "equals-ignore-case": "Alice" }], "aLICE", true],
  [[{ "anything-but": "a" }], "b", true],
  [[{ "anything-but": "a" }], "a", false],
  [[{ "anything-but": "a" }], undefined, false],
  [[{ "anything-but": "a" }], 5, true],
  [[{ "anything-but": ["a", "b"] }], "b", false],
  [[{ "anything-but": [1, 2] }], 3, true],
  [[{ "anything-but": { prefix: "in" } }], "init", false],
  [[{ "anything-but": { suffix: ".txt" } }], "a.png", true],
  [[{ "anything-but": { "equals-ignore-case": ["A", "B"] } }], "b", false],
  [[{ "anything-but": { wildcard: "*/lib/*" } }], "x/lib/y", false],
  [[{ "anything-but": { wildcard: "*/lib/*" } }], "x/bin/y", true],
  [[{ numeric: ["=", 5] }], 5, true],
  [[{ numeric: [">", 0, "<=", 5] }], 5, true],
  [[{ numeric: [">", 0, "<=", 5] }], 0, false],
  [[{ numeric: ["<", 0] }], "-1", false],
  [[{ cidr: "10.0.0.0/24" }], "10.0.0.255", true],
  [[{ cidr: "10.0.0.0/24" }], "10.0.1.0", false],
  [[{ cidr: "2001:db8::/32" }], "2001:db8::1", true],
  [[{ cidr: "10.0.0.0/24" }], "host", false],
  [[{ exists: true }], "a", true],
  [[{ exists: true }], null, true],
  [[{ exists: true }], undefined, false],
  [[{ exists: true }], { a: 1 }, false],
  [[{ exists: false }], undefined, true],
  [[{ exists: false }], "a", false],
  [[{ wildcard: "*.jpg" }], "a.jpg", true],
  [[{ wildcard: "a*b*c" }], "aXbYc", true],
  [[{ wildcard: "a*a" }], "a", false],
  [[{ wildcard: "a\\*" }], "a*", true],
  [[{ wildcard: "a\\*" }], "ab", false],
  [{ in: ["a"] }, { in: "a" }, true],
  [{ in: ["a"] }, [{ in: "b" }, { in: "a" }], true],
  [{ in: ["a"], also: ["b"] }, [{ in: "a" }, { also: "b" }], false],
  [{ in: [{ exists: false }] }, undefined, true],
];

describe("an event pattern", () => {
  test.each(rows.map((row) => [JSON.stringify(row[0]), JSON.stringify(row[1]), row] as const))(
    "%s, with %s",
    (_pattern, _value, [pattern, value, expected]) => {
      expect(matches({ field: pattern }, value === undefined ? {} : { field: value })).toBe(expected);
    },
  );

  test("wants every field, and one alternative of $or", () => {
    const pattern: Json = { source: ["aws.ecr"], detail: { $or: [{ a: [1] }, { b: [2] }], c: [3] } };
    expect(matches(pattern, { source: "aws.ecr", detail: { b: 2, c: 3 } })).toBe(true);
    expect(matches(pattern, { source: "aws.ecr", detail: { b: 2 } })).toBe(false);
    expect(matches(pattern, { source: "aws.ecr", detail: { c: 3 } })).toBe(false);
    expect(matches(pattern, { source: "aws.ecs", detail: { a: 1, c: 3 } })).toBe(false);
  });

  test("takes $or for a field where it holds no alternatives", () => {
    expect(matches({ $or: ["a"] }, { $or: "a" })).toBe(true);
  });

  const refused: readonly (readonly [text: string, reason: string])[] = [
    ["[]", "Filter is not an object"],
    ["nonsense", "Filter is not an object"],
    ["{}", "Empty objects are not allowed"],
    ['{"a":[]}', "Empty arrays are not allowed"],
    ['{"a":"b"}', '"a" must be an object or an array'],
    ['{"a":[["b"]]}', "Match value must be String, number, true, false, or null"],
    ['{"a":[{"near":"b"}]}', "Unrecognized match type near"],
    ['{"a":[{"prefix":"b","suffix":"c"}]}', "Only one key allowed in match expression"],
    ['{"a":[{"prefix":1}]}', "prefix match pattern must be a string"],
    ['{"a":[{"exists":"yes"}]}', "exists match pattern must be either true or false."],
    ['{"a":[{"numeric":5}]}', "Value of numeric must be an array."],
    ['{"a":[{"numeric":["<","5"]}]}', "Value of < must be numeric"],
    ['{"a":[{"numeric":[">",5,"<",5]}]}', "Bottom must be less than top"],
    ['{"a":[{"cidr":"10.0.0.0"}]}', "Malformed CIDR, one '/' required"],
    ['{"a":[{"wildcard":"a**b"}]}', "Consecutive wildcard characters at pos 1"],
    ['{"a":[{"anything-but":["b",1]}]}', "Inside anything but list, start|null|boolean is not supported."],
  ];

  test.each(refused)("%s is refused", (text, reason) => {
    const message = `Event pattern is not valid. Reason: ${reason}`;
    expect(() => eventPattern(text)).toThrow(
      expect.objectContaining({ code: "InvalidEventPatternException", message }),
    );
  });
});

/** Says the same as the compiled pattern, by the definition: walk the pattern, and look at every leaf of the event. */
function naively(pattern: { readonly [key: string]: Json }, event: Json | undefined): boolean {
  if (Array.isArray(event) && event.length > 0) return event.some((one) => naively(pattern, one));
  return Object.entries(pattern).every(([name, wanted]) => {
    const value =
      typeof event === "object" && event !== null && !Array.isArray(event) && name in event
        ? (event as { readonly [key: string]: Json })[name]
        : undefined;
    if (!Array.isArray(wanted)) return naively(wanted as { readonly [key: string]: Json }, value);
    const leaves = [value]
      .flat(9)
      .filter((leaf) => leaf !== undefined && (typeof leaf !== "object" || leaf === null));
    return (leaves.length === 0 ? [undefined] : leaves).some((leaf) =>
      (wanted as readonly Json[]).some((rule) => {
        if (typeof rule !== "object" || rule === null) return rule === leaf;
        const [[operator, operand] = ["", null]] = Object.entries(rule);
        if (operator === "exists") return (leaf !== undefined) === operand;
        if (operator === "anything-but") return leaf !== undefined && leaf !== operand;
        if (typeof leaf !== "string") return false;
        const text = String(operand).replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
        const glob = text.replaceAll("\\*", ".*");
        const source = { prefix: `^${text}`, suffix: `${text}$`, wildcard: `^${glob}$` }[operator];
        return new RegExp(source ?? "^$", "s").test(leaf);
      }),
    );
  });
}

const text = fc.stringMatching(/^[ab*]{0,3}$/).map((s) => s.replace(/\*+/g, "*"));
const name = fc.constantFrom("x", "y");
const literal = fc.oneof(text, fc.constantFrom(1, true, null));
const rule = fc.oneof(
  literal,
  fc.record({ exists: fc.boolean() }),
  fc.record({ prefix: text }),
  fc.record({ suffix: text }),
  fc.record({ wildcard: text }),
  fc.record({ "anything-but": text }),
);
const { pattern: anyPattern, event: anyEvent } = fc.letrec<{ pattern: Json; event: Json }>((tie) => ({
  pattern: fc.dictionary(
    name,
    fc.oneof(
      { maxDepth: 3, depthIdentifier: "json" },
      fc.array(rule, { minLength: 1, maxLength: 2 }),
      tie("pattern"),
    ),
    {
      minKeys: 1,
      noNullPrototype: true,
    },
  ) as fc.Arbitrary<Json>,
  event: fc.oneof(
    { maxDepth: 3, depthIdentifier: "json" },
    literal,
    fc.array(tie("event"), { maxLength: 2 }),
    fc.dictionary(name, tie("event"), { maxKeys: 2, noNullPrototype: true }),
  ) as fc.Arbitrary<Json>,
}));

test("compiled patterns say what the definition says", () => {
  fc.assert(
    fc.property(anyPattern, fc.dictionary(name, anyEvent, { noNullPrototype: true }), (pattern, event) => {
      expect(matches(pattern, event as Json)).toBe(
        naively(pattern as { readonly [key: string]: Json }, event as Json),
      );
    }),
    { seed: 20260916, numRuns: 300 },
  );
});
