import { expect, test } from "vitest";
import { redirectLocation } from "./redirect.ts";

const from = { protocol: "HTTP", host: "shop.example", port: 8080, path: "/a/b", query: "c=d" };

test.each<[what: string, config: object, expected: string]>([
  ["nothing but a status", {}, "http://shop.example:8080/a/b?c=d"],
  ["another protocol and port", { Protocol: "HTTPS", Port: "443" }, "https://shop.example:443/a/b?c=d"],
  ["another host, with the old one in it", { Host: "www.#{host}" }, "http://www.shop.example:8080/a/b?c=d"],
  ["a path around the old one", { Path: "/new/#{path}/" }, "http://shop.example:8080/new/a/b/?c=d"],
  ["no query", { Query: "" }, "http://shop.example:8080/a/b"],
  [
    "a query with parts of the rest",
    { Query: "from=#{host}:#{port}&#{query}" },
    "http://shop.example:8080/a/b?from=shop.example:8080&c=d",
  ],
  ["a word that is none of the parts", { Path: "/#{other}" }, "http://shop.example:8080/#{other}?c=d"],
])("a redirect that says %s", (_what, config, expected) => {
  expect(redirectLocation({ StatusCode: "HTTP_301", ...config }, from)).toBe(expected);
});

test("a part of the request that looks like a word is not filled in again", () => {
  const odd = { ...from, path: "/#{host}", query: "" };
  expect(redirectLocation({ StatusCode: "HTTP_302" }, odd)).toBe("http://shop.example:8080/#{host}");
});
