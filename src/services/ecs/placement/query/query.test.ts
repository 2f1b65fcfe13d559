import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compilePattern } from "./pattern.ts";
import { parseQuery, type QuerySubject } from "./query.ts";

const subject: QuerySubject = {
  attributes: new Map([
    ["ecs.instance-type", "t2.small"],
    ["ecs.availability-zone", "us-east-1a"],
    ["stack", "prod"],
    ["size", "10"],
    ["empty", ""],
  ]),
  agentConnected: true,
  agentVersion: "1.14.10",
  ec2InstanceId: "i-0123456789abcdef0",
  registeredAt: Date.parse("2018-06-18T22:28:28Z"),
  runningTasksCount: 3,
  taskGroups: new Set(["service:web", "family:batch"]),
};

describe("the cluster query language", () => {
  test.each<[string, boolean]>([
    ["attribute:ecs.instance-type == t2.small", true],
    ["attribute:ecs.instance-type equals 't2.small'", true],
    ['attribute:ecs.instance-type=="t2.small"', true],
    ["attribute:ecs.instance-type != t2.small", false],
    ["attribute:ecs.availability-zone in [us-east-1a, us-east-1b]", true],
    ["attribute:ecs.availability-zone !in [us-east-1c,us-east-1b]", true],
    ["attribute:ecs.availability-zone not_in ['us-east-1a']", false],
    ["attribute:ecs.instance-type =~ g2.*", false],
    ["attribute:ecs.instance-type =~ t2.*", true],
    ["attribute:ecs.instance-type =~ (t2|g2)\\.(small|large)", true],
    ["attribute:ecs.instance-type !~ t2", true],
    ["attribute:stack exists", true],
    ["attribute:other exists", false],
    ["attribute:other !exists", true],
    ["attribute:empty exists", true],
    ["attribute:other not_exists and attribute:stack exists", true],
    ["attribute:other != x", true],
    ["attribute:size > 9", true],
    ["attribute:size less_than 9", false],
    ["agentConnected == true", true],
    ["agentConnected==false", false],
    ["agentVersion > 1.14.5", true],
    ["agentVersion < 1.15", true],
    ["agentVersion greater_than_equal 1.14.10", true],
    ["ec2InstanceId == i-0123456789abcdef0", true],
    ["registeredAt > 2018-06-18", true],
    ["registeredAt == 2018-06-18T22:28:28", true],
    ["registeredAt == 2018-06-18T22:28:28+00:00", true],
    ["registeredAt < 2018-06-18T22:28:28Z", false],
    ["runningTasksCount >= 3", true],
    ["runningTasksCount == 10", false],
    ["task:group == service:web", true],
    ["task:group == service:db", false],
    ["task:group != service:web", false],
    ["not(task:group == service:db)", true],
    ["!(attribute:stack == prod) || runningTasksCount == 3", true],
    ["attribute:stack == test or attribute:stack == prod and runningTasksCount == 4", false],
    ["(attribute:stack == test or attribute:stack == prod) && (runningTasksCount == 3)", true],
    ["(attribute:ecs.instance-type =~ t2.*) and attribute:ecs.availability-zone != us-east-1d", true],
  ])("%s is %s", (expression, expected) => {
    expect(parseQuery(expression)(subject)).toBe(expected);
  });

  test.each<[string, string]>([
    ["", "expected agentConnected"],
    ["attribute: == 1", "expected agentConnected"],
    ["color == red", "expected agentConnected"],
    ["attribute:x", "expected an operator"],
    ["attribute:x ==", "expected a value"],
    ["attribute:x in a", "expected ["],
    ["attribute:x in [a", "expected ]"],
    ["(attribute:x == 1", "expected )"],
    ["attribute:x == 1 2", "expected the end at position 18"],
    ["attribute:x =~ (?=a)", "cannot be used"],
    ["attribute:x =~ a{9999}{9999}", "too large"],
  ])("refuses %s", (expression, message) => {
    expect(() => parseQuery(expression)).toThrow(message);
  });
});

test("an expression has its length", () => {
  expect(() => parseQuery("a".repeat(2001))).toThrow("at most 2000 characters");
});

describe("patterns", () => {
  const piece = fc.constantFrom(
    "a",
    "b",
    "c",
    ".",
    "[ab]",
    "[^a]",
    "[a-c]",
    "\\d",
    "\\.",
    "(ab|c)",
    "(?:a|)",
  );
  const quantified = fc
    .tuple(piece, fc.constantFrom("", "*", "+", "?", "{2}", "{1,3}", "{2,}", "*?"))
    .map((parts) => parts.join(""));
  const source = fc
    .array(fc.array(quantified, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 })
    .map((alternatives) => alternatives.map((parts) => parts.join("")).join("|"));
  const text = fc.string({ unit: fc.constantFrom("a", "b", "c", ".", "1"), maxLength: 8 });

  test("match what regular expressions match as a whole", () => {
    fc.assert(
      fc.property(source, text, (pattern, subjectText) => {
        expect(compilePattern(pattern).matches(subjectText)).toBe(
          new RegExp(`^(?:${pattern})$`).test(subjectText),
        );
      }),
      { seed: 5, numRuns: 2000 },
    );
  });

  test("take time that is linear in the text", () => {
    const evil = compilePattern("(a+)+(a+)+b");
    expect(evil.matches("a".repeat(5000))).toBe(false);
    expect(evil.matches(`${"a".repeat(5000)}b`)).toBe(true);
  });
});
