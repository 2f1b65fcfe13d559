import type { RuleCondition } from "@aws-sdk/client-elastic-load-balancing-v2";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { linearRegex } from "./linear-regex.ts";
import { matchRule, type RequestFacts } from "./match-rule.ts";
import { wildcard } from "./wildcard.ts";

const request = (
  given: Partial<RequestFacts> & { readonly headers?: Record<string, string[]> },
): RequestFacts => ({
  ...{
    method: "GET",
    host: "www.example.com",
    path: "/img/a.png",
    query: "v=1&Name=Bob",
    sourceIp: "192.0.2.7",
  },
  header: (name) => given.headers?.[name] ?? [],
  ...given,
});

const rows: [
  what: string,
  conditions: RuleCondition[],
  asked: Parameters<typeof request>[0],
  holds: boolean,
][] = [
  ["a host in other letters", [{ Field: "host-header", Values: ["WWW.example.com"] }], {}, true],
  [
    "a host by its end",
    [{ Field: "host-header", HostHeaderConfig: { Values: ["*.example.com"] } }],
    {},
    true,
  ],
  [
    "a host that the star must not lack",
    [{ Field: "host-header", HostHeaderConfig: { Values: ["*.example.com"] } }],
    { host: "example.com" },
    false,
  ],
  [
    "a host by an expression",
    [{ Field: "host-header", HostHeaderConfig: { RegexValues: ["^w{3}\\.example\\.com$"] } }],
    {},
    true,
  ],
  ["a path", [{ Field: "path-pattern", Values: ["/img/*"] }], {}, true],
  ["a path in other letters", [{ Field: "path-pattern", Values: ["/IMG/*"] }], {}, false],
  [
    "a path with one sign open",
    [{ Field: "path-pattern", PathPatternConfig: { Values: ["/img/?.png"] } }],
    {},
    true,
  ],
  [
    "a path by an expression",
    [{ Field: "path-pattern", PathPatternConfig: { RegexValues: ["^/(img|css)/"] } }],
    {},
    true,
  ],
  [
    "an expression that looks around never holds",
    [{ Field: "path-pattern", PathPatternConfig: { RegexValues: ["(?=/)"] } }],
    {},
    false,
  ],
  ["a query is no part of a path", [{ Field: "path-pattern", Values: ["*v=1*"] }], {}, false],
  [
    "one of several values",
    [{ Field: "http-request-method", HttpRequestMethodConfig: { Values: ["POST", "GET"] } }],
    {},
    true,
  ],
  [
    "a method in other letters",
    [{ Field: "http-request-method", HttpRequestMethodConfig: { Values: ["get"] } }],
    {},
    false,
  ],
  [
    "a header in other letters",
    [{ Field: "http-header", HttpHeaderConfig: { HttpHeaderName: "User-Agent", Values: ["*chrome*"] } }],
    { headers: { "user-agent": ["X Chrome/1"] } },
    true,
  ],
  [
    "the second of two headers",
    [{ Field: "http-header", HttpHeaderConfig: { HttpHeaderName: "A", Values: ["b"] } }],
    { headers: { a: ["c", "b"] } },
    true,
  ],
  [
    "a header that is not there",
    [{ Field: "http-header", HttpHeaderConfig: { HttpHeaderName: "A", Values: ["*"] } }],
    {},
    false,
  ],
  [
    "a key and its value",
    [{ Field: "query-string", QueryStringConfig: { Values: [{ Key: "v", Value: "1" }] } }],
    {},
    true,
  ],
  [
    "a value of any key, in other letters",
    [{ Field: "query-string", QueryStringConfig: { Values: [{ Value: "bob" }] } }],
    {},
    true,
  ],
  [
    "another value",
    [{ Field: "query-string", QueryStringConfig: { Values: [{ Key: "v", Value: "2" }] } }],
    {},
    false,
  ],
  ["an address in a block", [{ Field: "source-ip", SourceIpConfig: { Values: ["192.0.2.0/24"] } }], {}, true],
  [
    "an address of IPv6",
    [{ Field: "source-ip", SourceIpConfig: { Values: ["2001:db8::/32"] } }],
    { sourceIp: "2001:db8::1" },
    true,
  ],
  [
    "an address outside",
    [{ Field: "source-ip", SourceIpConfig: { Values: ["198.51.100.0/24"] } }],
    {},
    false,
  ],
  [
    "all conditions at once",
    [
      { Field: "path-pattern", Values: ["/img/*"] },
      { Field: "host-header", Values: ["other"] },
    ],
    {},
    false,
  ],
  ["a condition that nobody knows", [{ Field: "moon-phase", Values: ["*"] }], {}, false],
];

test.each(rows)("%s", (_what, conditions, asked, holds) => {
  expect(matchRule(conditions)(request(asked))).toBe(holds);
});

describe("a wildcard pattern", () => {
  const sign = fc.constantFrom("a", "b", "*", "?", ".");
  const text = fc.array(fc.constantFrom("a", "b", "."), { maxLength: 12 }).map((signs) => signs.join(""));
  const pattern = fc.array(sign, { maxLength: 8 }).map((signs) => signs.join(""));

  test("means what the same regular expression means", () => {
    fc.assert(
      fc.property(pattern, text, (given, held) => {
        const source = given.replaceAll(".", "\\.").replaceAll("*", ".*").replaceAll("?", ".");
        expect(wildcard(given)(held)).toBe(new RegExp(`^${source}$`).test(held));
      }),
      { seed: 7, numRuns: 2000 },
    );
  });

  test("of many stars holds up nobody", () => {
    expect(wildcard("*a".repeat(60))("b".repeat(16_000))).toBe(false);
  });
});

test("an expression that would take for ever elsewhere is through at once", () => {
  expect(linearRegex("^/(a+)+$")?.test(`/${"a".repeat(16_000)}!`)).toBe(false);
});
