import { describe, expect, test } from "vitest";
import { canonicalRequest, type PathStyle, queryParameters, type SignedRequest } from "./sigv4-canonical.ts";

const plain: SignedRequest = { method: "GET", path: "/", query: "", headers: {}, body: Buffer.alloc(0) };

/** Text as it arrives: its UTF-8 bytes, one character each. */
function wire(text: string): string {
  return Buffer.from(text).toString("latin1");
}

function canonical(change: Partial<SignedRequest>, style: PathStyle = "normalised"): string[] {
  return canonicalRequest({ ...plain, ...change }, ["h"], "hash", style, new Set(["Gone"])).split("\n");
}

test("the six parts", () => {
  const request = { ...plain, method: "POST", headers: { a: " 1 ", b: ["2", "3"] }, query: "x" };
  expect(canonicalRequest(request, ["a", "b"], "hash", "normalised", new Set())).toBe(
    "POST\n/\nx=\na:1\nb:2,3\n\na;b\nhash",
  );
});

/** Path as sent; its canonical form normalised, not normalised, and as Amazon S3 has it. */
const paths: readonly [string, string, string, string][] = [
  ["/", "/", "/", "/"],
  ["", "/", "/", "/"],
  ["//", "/", "//", "//"],
  ["/./", "/", "/./", "/./"],
  ["/a/..", "/", "/a/..", "/a/.."],
  ["/a/b/../..", "/", "/a/b/../..", "/a/b/../.."],
  ["/../a", "/a", "/../a", "/../a"],
  ["//a//b/", "/a/b/", "//a//b/", "//a//b/"],
  ["/./a", "/a", "/./a", "/./a"],
  ["/a%20b", "/a%2520b", "/a%2520b", "/a%20b"],
  ["/a b", "/a%20b", "/a%20b", "/a%20b"],
  ["/a$b", "/a%24b", "/a%24b", "/a%24b"],
  ["/%7euser", "/%257euser", "/%257euser", "/~user"],
  ["/%c3%bc", "/%25c3%25bc", "/%25c3%25bc", "/%C3%BC"],
  ["/ü", "/%C3%BC", "/%C3%BC", "/%C3%BC"],
  ["/😀", "/%F0%9F%98%80", "/%F0%9F%98%80", "/%F0%9F%98%80"],
  ["/100%", "/100%25", "/100%25", "/100%25"],
  ["/role%2Fx", "/role%252Fx", "/role%252Fx", "/role%2Fx"],
];

describe("paths", () => {
  test.each(paths)("%s", (path, normalised, unnormalised, s3) => {
    const sent = wire(path);
    expect(canonical({ path: sent })[1]).toBe(normalised);
    expect(canonical({ path: sent }, "unnormalised")[1]).toBe(unnormalised);
    expect(canonical({ path: sent }, "s3")[1]).toBe(s3);
  });
});

test.each([
  ["b=2&a=1", "a=1&b=2"],
  ["a=2&a=1&A=3", "A=3&a=1&a=2"],
  ["a-b=1&a=2", "a=2&a-b=1"],
  ["a", "a="],
  ["a=b=c", "a=b%3Dc"],
  ["a=%7e%2b", "a=~%2B"],
  ["a=x+y", "a=x%20y"],
  ["a=%zz", "a=%25zz"],
  ["=1", "=1"],
  ["&&a=1&", "a=1"],
  ["a=ü", "a=%C3%BC"],
  ["Gone=1&a=1&%47one=2", "a=1"],
])("query %s", (query, expected) => {
  expect(canonical({ query: wire(query) })[2]).toBe(expected);
});

const values: readonly [string | readonly string[] | undefined, string][] = [
  ["  a   b  ", "a b"],
  ["a\n  b\t c", "a b c"],
  [["2", " 2 ", "1"], "2,2,1"],
  ['"a   b"', '"a b"'],
  [Buffer.from("à à").toString("latin1"), "\u00c3\u00a0 \u00c3\u00a0"],
  ["", ""],
  [undefined, ""],
];
test.each(values)("header value %j", (value, expected) => {
  expect(canonical({ headers: { h: value } })[3]).toBe(`h:${expected}`);
});

test("parameters are decoded, the first of a name counts, and bad encoding stays", () => {
  expect([...queryParameters("a=1+2&a=3&b%20=%C3%BC&c=%zz&d")]).toEqual([
    ["a", "1 2"],
    ["b ", "ü"],
    ["c", "%zz"],
    ["d", ""],
  ]);
});
