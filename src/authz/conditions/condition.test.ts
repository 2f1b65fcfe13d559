// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables are written so
import { describe, expect, test } from "vitest";
import { requestContext } from "../context.ts";
import { PolicySyntaxError } from "../parse/syntax-error.ts";
import { compileCondition, readOperatorName } from "./condition.ts";

function holds(
  operator: string,
  policy: string | readonly string[],
  request: string | readonly string[] | undefined,
  key = "aws:PrincipalTag/k",
): boolean {
  const values = typeof policy === "string" ? [policy] : policy;
  return compileCondition({ operator, key, values }, "Allow", true).holds(
    requestContext({
      "aws:username": "Bob",
      "aws:Wild": "B*",
      "aws:Own": "arn:aws:iam::1:user/Bob",
      "aws:TagKeys": ["team"],
      [key]: request,
    }),
  );
}

/** operator, policy value(s), request value(s), whether it holds */
type Row = readonly [string, string | readonly string[], string | readonly string[] | undefined, boolean];

function rows(title: string, list: readonly Row[]): void {
  describe(title, () => {
    test.each(list)("%s %j of %j is %s", (operator, policy, request, expected) => {
      expect(holds(operator, policy, request)).toBe(expected);
    });
  });
}

// IAM User Guide, "String condition operators".
rows("String", [
  ["StringEquals", "Bob", "Bob", true],
  ["StringEquals", "Bob", "bob", false],
  ["StringEquals", "B*", "Bob", false],
  ["StringEquals", ["Ann", "Bob"], "Bob", true],
  ["StringEquals", "", "", true],
  ["StringNotEquals", ["Ann", "Bob"], "Bob", false],
  ["StringNotEquals", ["Ann", "Bob"], "Eve", true],
  ["StringEqualsIgnoreCase", "BOB", "bob", true],
  ["StringEqualsIgnoreCase", "ΟΣ", "ος", true],
  ["StringEqualsIgnoreCase", "S", "ſ", false],
  ["StringNotEqualsIgnoreCase", "BOB", "bob", false],
  ["StringLike", "B?b", "Bob", true],
  ["StringLike", "b*", "Bob", false],
  ["StringLike", "?", "𐐀", false],
  ["StringLike", "??", "𐐀", true],
  ["StringLike", "a*z", "a\nz", true],
  ["StringLike", "[ab]", "a", false],
  ["StringNotLike", "B*", "Bob", false],
  ["StringNotLike", "B*", "Eve", true],
  ["stringequals", "Bob", "Bob", true],
]);

// IAM User Guide, "IAM policy elements: Variables and tags".
rows("Policy variables", [
  ["StringEquals", "${aws:username}", "Bob", true],
  ["StringEquals", "${AWS:UserName}", "Bob", true],
  ["StringLike", "home/${aws:username}/*", "home/Bob/x", true],
  ["StringLike", "${aws:Wild}", "Bob", false],
  ["StringLike", "${aws:Wild}", "B*", true],
  ["StringLike", "a${*}b", "a*b", true],
  ["StringLike", "a${*}b", "axb", false],
  ["StringLike", "a${?}", "ab", false],
  ["StringEquals", "${$}{x}", "${x}", true],
  ["StringEquals", "${aws:Gone, 'none'}", "none", true],
  ["StringEquals", "${aws:Gone}", "", false],
  ["StringNotEquals", "${aws:Gone}", "x", true],
  ["StringEquals", "${aws:TagKeys}", "team", false],
  ["StringEquals", "${aws:TagKeys, 'team'}", "team", false],
  ["StringNotEquals", "${aws:TagKeys, 'team'}", "team", true],
  ["StringEquals", "${unclosed", "${unclosed", true],
  ["ArnLike", "arn:aws:iam::1:user/${aws:username}", "arn:aws:iam::1:user/Bob", true],
  ["ArnEquals", "${aws:Own}", "arn:aws:iam::1:user/Bob", true],
  ["ArnEquals", "${aws:Own}", "arn:aws:iam::1:user/Ann", false],
  ["Bool", "${aws:Gone, 'true'}", "true", true],
  ["NumericEquals", "${aws:username}", "1", false],
]);

// Recorded on AWS: captures of TagUser under session policies with NumericEquals and NumericNotEquals "1".
rows("Numeric", [
  ...["1", "01", "+1", "1.0", "1e0"].flatMap((value): Row[] => [
    ["NumericEquals", "1", value, true],
    ["NumericNotEquals", "1", value, false],
  ]),
  ...["2", "no-number", "", "NaN", "Infinity"].flatMap((value): Row[] => [
    ["NumericEquals", "1", value, false],
    ["NumericNotEquals", "1", value, true],
  ]),
  ["NumericLessThan", "10", "9.99", true],
  ["NumericLessThan", "10", "10", false],
  ["NumericLessThanEquals", "10", "10.0", true],
  ["NumericGreaterThan", "-1", "0", true],
  ["NumericGreaterThanEquals", "0.1", "0.10000000000000000000001", true],
  ["NumericEquals", "0.1", "0.10000000000000000000001", false],
  ["NumericGreaterThan", "1", "ten", false],
]);

// Recorded on AWS: the same with DateEquals and DateNotEquals "2030-01-01T00:00:00Z".
rows("Date", [
  ...["2030-01-01T00:00:00Z", "1893456000", "2030-01-01"].flatMap((value): Row[] => [
    ["DateEquals", "2030-01-01T00:00:00Z", value, true],
    ["DateNotEquals", "2030-01-01T00:00:00Z", value, false],
  ]),
  ...["2030-01-02T00:00:00Z", "not-a-date", ""].flatMap((value): Row[] => [
    ["DateEquals", "2030-01-01T00:00:00Z", value, false],
    ["DateNotEquals", "2030-01-01T00:00:00Z", value, true],
  ]),
  ["DateEquals", "2030-01-01T01:00:00+01:00", "2030-01-01T00:00:00Z", true],
  ["DateEquals", "2030-01-01T00:00:00.0009Z", "2030-01-01T00:00:00Z", true],
  ["DateLessThan", "2030-01-01", "2029-12-31T23:59:59Z", true],
  ["DateLessThanEquals", "2030-01-01", "1893456000", true],
  ["DateGreaterThan", "2030-01-01T00:00:00Z", "2030-01-01T00:00:00.001Z", true],
  ["DateGreaterThanEquals", "2030-13-01", "2031-01-01", false],
]);

// IAM User Guide, "Boolean condition operators"; recorded: what is not "true" in some case is false.
rows("Bool", [
  ["Bool", "true", "true", true],
  ["Bool", "true", "TRUE", true],
  ["Bool", "true", "false", false],
  ["Bool", "false", "false", true],
  ["Bool", "false", "yes", true],
  ["Bool", "no", "maybe", true],
]);

// IAM User Guide, "Binary condition operators".
rows("BinaryEquals", [
  ["BinaryEquals", "QmluYXJ5", "QmluYXJ5", true],
  ["BinaryEquals", "QmluYXJ5", "QmluYXJ6", false],
  ["BinaryEquals", "not base64", "not base64", false],
]);

// IAM User Guide, "IP address condition operators"; recorded on AWS where AWS is stranger than its guide.
rows("IpAddress", [
  ["IpAddress", "203.0.113.0/24", "203.0.113.255", true],
  ["IpAddress", "203.0.113.0/24", "203.0.114.0", false],
  ["IpAddress", "203.0.113.9/24", "203.0.113.1", true],
  ["IpAddress", "203.0.113.9", "203.0.113.9", true],
  ["IpAddress", "0.0.0.0/0", "198.51.100.1", true],
  ["IpAddress", "0.0.0.0/0", "2001:db8::1", false],
  ["IpAddress", "2001:DB8:1234:5678::/64", "2001:db8:1234:5678:9::1", true],
  ["IpAddress", "2001:db8::5/64", "2001:db8::5", false],
  ["IpAddress", "2001:db8::4/127", "2001:db8::5", true],
  ["IpAddress", "2001:db8::1", "2001:db8:0:0:0:0:0:1", true],
  ["IpAddress", "192.0.2.1", "::ffff:192.0.2.1", true],
  ["IpAddress", "::ffff:0:0/96", "192.0.2.1", false],
  ["IpAddress", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8", false],
  ["IpAddress", "203.0.113.0/33", "203.0.113.0", false],
  ["NotIpAddress", "203.0.113.0/24", "203.0.114.0", true],
  ["NotIpAddress", "203.0.113.0/24", "2001:db8::1", true],
  ["NotIpAddress", ["203.0.113.0/24", "198.51.100.0/24"], "198.51.100.7", false],
  ["NotIpAddress", "203.0.113.0/24", "nowhere", false],
  ["NotIpAddress", "nowhere", "203.0.113.1", true],
]);

// IAM User Guide, "Amazon Resource Name (ARN) condition operators": the example of a star that stays in its part.
rows("Arn", [
  [
    "ArnLike",
    "arn:aws:someservice:*:111122223333:finance/*",
    "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt",
    false,
  ],
  ["ArnEquals", "arn:aws:sns:*:123456789012:t?pic", "arn:aws:sns:eu-west-1:123456789012:topic", true],
  ["ArnEquals", "arn:aws:sns:*:123456789012:TOPIC", "arn:aws:sns:eu-west-1:123456789012:topic", false],
  ["ArnLike", "arn:aws:a:b:c:d*", "arn:aws:a:b:c:d:e/f", true],
  ["ArnNotLike", "arn:aws:sns:*:*:*", "arn:aws:sqs:eu-west-1:123456789012:queue", true],
  ["ArnNotEquals", "arn:aws:sns:*:*:*", "arn:aws:sns:eu-west-1:123456789012:topic", false],
  ["ArnNotLike", "arn:aws:sns:*:*:*", "not-an-arn", false],
]);

// IAM User Guide, "Condition operator to check existence of condition keys"; an empty value is there.
rows("Null", [
  ["Null", "true", undefined, true],
  ["Null", "true", "", false],
  ["Null", "false", "", true],
  ["Null", "false", undefined, false],
]);

// IAM User Guide, "Condition operators": a missing key fails an operator and satisfies its negation and IfExists.
rows("Missing keys", [
  ["StringEquals", "a", undefined, false],
  ["StringNotEquals", "a", undefined, true],
  ["StringEqualsIfExists", "a", undefined, true],
  ["StringEqualsIfExists", "a", "b", false],
  ["StringNotEqualsIfExists", "a", undefined, true],
  ["NumericLessThan", "1", undefined, false],
  ["NumericNotEquals", "1", undefined, true],
  ["NotIpAddress", "192.0.2.0/24", undefined, true],
  ["ArnNotEquals", "arn:aws:s3:::b", undefined, true],
  ["Bool", "false", undefined, false],
  ["BoolIfExists", "true", undefined, true],
  ["BinaryEqualsIfExists", "QQ==", undefined, true],
  ["ForAllValues:StringEquals", "a", undefined, true],
  ["ForAllValues:StringNotEquals", "a", undefined, true],
  ["ForAnyValue:StringEquals", "a", undefined, false],
  ["ForAnyValue:StringNotEquals", "a", undefined, false],
]);

// IAM User Guide, "Set operators for multivalued context keys"; the rows for lists were recorded on AWS (TagUser).
rows("Lists", [
  ["ForAllValues:StringEquals", ["a", "b"], ["a", "b"], true],
  ["ForAllValues:StringEquals", ["a", "b"], ["a", "c"], false],
  ["ForAllValues:StringEquals", ["a"], [], true],
  ["ForAllValues:StringNotEquals", ["a"], ["b", "c"], true],
  ["ForAllValues:StringNotEquals", ["a"], ["a", "c"], false],
  ["ForAnyValue:StringEquals", ["a"], ["a", "c"], true],
  ["ForAnyValue:StringEquals", ["a"], ["b", "c"], false],
  ["ForAnyValue:StringEquals", ["a"], [], false],
  ["ForAnyValue:StringNotEquals", ["a"], ["a", "c"], true],
  ["ForAnyValue:StringNotEquals", ["a"], ["a"], false],
  ["ForAnyValue:StringLike", ["team-*"], ["x", "team-a"], true],
  ["StringEquals", "a", ["a", "b"], false],
  ["StringNotEquals", "z", ["a", "b"], false],
  ["StringEqualsIfExists", "a", ["a", "b"], false],
  ["StringEquals", "a", [], false],
  ["StringNotEqualsIfExists", "a", [], false],
]);

test.each([
  ["StringEquals", false],
  ["StringNotEquals", false],
  ["StringNotEqualsIfExists", false],
  ["ForAnyValue:StringEquals", true],
])("a key that is a list by definition: %s with its one value is %s", (operator, expected) => {
  const policy = operator.includes("Not") ? "other" : "team";
  expect(holds(operator, policy, ["team"], "aws:TagKeys")).toBe(expected);
});

// Recorded on AWS: values of a policy are tried in order, and an ARN that is none never helps the caller.
test.each([
  ["Allow", "ArnEquals", ["x"], false],
  ["Allow", "ArnNotEquals", ["x"], false],
  ["Deny", "ArnEquals", ["x"], true],
  ["Deny", "ArnNotEquals", ["x"], true],
  ["Allow", "ArnEquals", ["arn:aws:s3:::b", "x"], true],
  ["Allow", "ArnEquals", ["x", "arn:aws:s3:::b"], false],
] as const)("%s with %s of %j: %s", (effect, operator, values, expected) => {
  const condition = compileCondition({ operator, key: "aws:SourceArn", values }, effect, true);
  expect(condition.holds(requestContext({ "aws:SourceArn": "arn:aws:s3:::b" }))).toBe(expected);
  expect(condition.holds(requestContext({ "aws:SourceArn": "none" }))).toBe(false);
});

test("variables are plain text in documents of version 2008-10-17", () => {
  const condition = compileCondition(
    { operator: "StringEquals", key: "k", values: ["${aws:username}"] },
    "Allow",
    false,
  );
  expect(condition.holds(requestContext({ k: "${aws:username}", "aws:username": "Bob" }))).toBe(true);
  expect(condition.holds(requestContext({ k: "Bob", "aws:username": "Bob" }))).toBe(false);
});

test.each(["StringEqual", "NullIfExists", "ForSomeValues:StringEquals", "IfExists", "", "ForAnyValue:"])(
  "%j is no operator",
  (name) => {
    expect(readOperatorName(name)).toBeUndefined();
    expect(() => compileCondition({ operator: name, key: "k", values: [] }, "Allow", true)).toThrow(
      PolicySyntaxError,
    );
  },
);
