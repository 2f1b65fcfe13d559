import type * as elbv2 from "@aws-sdk/client-elastic-load-balancing-v2";
import { describe, expect, test } from "vitest";
import { checkConditions, checkTransforms } from "./conditions.ts";

/** A stand-in for what matches: an expression is good when JavaScript can read it. */
const ports = {
  isExpression(text: string): boolean {
    try {
      new RegExp(text);
      return true;
    } catch {
      return false;
    }
  },
};

const good: readonly { readonly given: elbv2.RuleCondition; readonly kept: elbv2.RuleCondition }[] = [
  {
    given: { Field: "host-header", Values: ["*.example.com"] },
    kept: {
      Field: "host-header",
      Values: ["*.example.com"],
      HostHeaderConfig: { Values: ["*.example.com"] },
    },
  },
  {
    given: { Field: "path-pattern", PathPatternConfig: { Values: ["/img/*"] } },
    kept: { Field: "path-pattern", Values: ["/img/*"], PathPatternConfig: { Values: ["/img/*"] } },
  },
  {
    given: { Field: "path-pattern", PathPatternConfig: { RegexValues: ["^/v[0-9]+/"] } },
    kept: {
      Field: "path-pattern",
      RegexValues: ["^/v[0-9]+/"],
      PathPatternConfig: { RegexValues: ["^/v[0-9]+/"] },
    },
  },
  {
    given: { Field: "http-header", HttpHeaderConfig: { HttpHeaderName: "User-Agent", Values: ["*Chrome*"] } },
    kept: { Field: "http-header", HttpHeaderConfig: { HttpHeaderName: "User-Agent", Values: ["*Chrome*"] } },
  },
  {
    given: { Field: "http-request-method", HttpRequestMethodConfig: { Values: ["GET", "PURGE"] } },
    kept: { Field: "http-request-method", HttpRequestMethodConfig: { Values: ["GET", "PURGE"] } },
  },
  {
    given: {
      Field: "query-string",
      QueryStringConfig: { Values: [{ Key: "v", Value: "1" }, { Value: "x" }] },
    },
    kept: {
      Field: "query-string",
      QueryStringConfig: { Values: [{ Key: "v", Value: "1" }, { Value: "x" }] },
    },
  },
  {
    given: { Field: "source-ip", SourceIpConfig: { Values: ["192.0.2.0/24"] } },
    kept: { Field: "source-ip", SourceIpConfig: { Values: ["192.0.2.0/24"] } },
  },
];

test.each(good)("a condition on $given.Field is kept as the API answers it", ({ given, kept }) => {
  expect(checkConditions(ports, [given])).toEqual([kept]);
});

const path = (...Values: string[]): elbv2.RuleCondition => ({ Field: "path-pattern", Values });
const header = (HttpHeaderName: string, ...Values: string[]): elbv2.RuleCondition => ({
  Field: "http-header",
  HttpHeaderConfig: { HttpHeaderName, Values },
});

const bad: readonly (readonly [why: string, conditions: elbv2.RuleCondition[], says: string])[] = [
  ["no condition", [], "A condition must be specified"],
  [
    "an unknown field",
    [{ Field: "cookie", Values: ["a"] }],
    "Condition field 'cookie' must be one of '[path-pattern,host-header,http-header,query-string,http-request-method,source-ip]'",
  ],
  ["no value", [path()], "A condition value must be specified for the field 'path-pattern'"],
  ["a field twice", [path("/a"), path("/b")], "A rule can only have one 'path-pattern' condition"],
  [
    "too many values",
    [path("/1", "/2", "/3"), header("X-A", "1", "2", "3")],
    "Rules must have no more than 5 condition values in total",
  ],
  [
    "too many wildcards",
    [path("/*/*/*/*/*/*/*")],
    "Rules must have no more than 6 wildcards in their conditions",
  ],
  ["a long value", [path(`/${"a".repeat(128)}`)], "Path pattern value is longer than '128' characters"],
  ["a space in a path", [path("/a b")], "Path pattern value '/a b' is not valid"],
  [
    "a header that is a host",
    [header("Host", "a")],
    "A condition on the header 'Host' is given as 'host-header'",
  ],
  ["a header's bad name", [header("a b", "x")], "HTTP header name 'a b' is not valid"],
  [
    "a bad block",
    [{ Field: "source-ip", SourceIpConfig: { Values: ["300.1.1.1/8"] } }],
    "Source IP value '300.1.1.1/8' is not a valid CIDR block",
  ],
  [
    "a bad expression",
    [{ Field: "host-header", RegexValues: ["("] }],
    "'(' is not a regular expression that can be used",
  ],
  [
    "values and expressions",
    [{ Field: "host-header", Values: ["a"], RegexValues: ["b"] }],
    "You can specify either values or regular expressions for the field 'host-header', not both",
  ],
];

test.each(bad)("%s is refused", (_why, conditions, says) => {
  expect(() => checkConditions(ports, conditions)).toThrow(says);
});

describe("transforms", () => {
  const rewrite = { Rewrites: [{ Regex: "^/api/(.*)$", Replace: "/$1" }] };

  test("one of each type is kept", () => {
    const transforms: elbv2.RuleTransform[] = [
      { Type: "url-rewrite", UrlRewriteConfig: rewrite },
      { Type: "host-header-rewrite", HostHeaderRewriteConfig: rewrite },
    ];
    expect(checkTransforms(ports, transforms)).toEqual(transforms);
  });

  test.each([
    [[{ Type: "url-rewrite" }], "exactly one rewrite of its own"],
    [[{ Type: "url-rewrite", HostHeaderRewriteConfig: rewrite }], "exactly one rewrite of its own"],
    [
      [
        { Type: "url-rewrite", UrlRewriteConfig: rewrite },
        { Type: "url-rewrite", UrlRewriteConfig: rewrite },
      ],
      "only one transform of each type",
    ],
    [
      [{ Type: "url-rewrite", UrlRewriteConfig: { Rewrites: [{ Regex: "(", Replace: "" }] } }],
      "not a regular expression",
    ],
  ] as const)("%j is refused", (transforms, says) => {
    expect(() => checkTransforms(ports, [...transforms] as elbv2.RuleTransform[])).toThrow(says);
  });
});
