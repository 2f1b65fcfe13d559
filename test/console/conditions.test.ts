import { expect, test } from "vitest";
import { conditionsOf } from "../../console/src/ec2/conditions.ts";

test.each([
  [{ IsDefault: true, Conditions: [] }, "No other rule applies"],
  [
    { Conditions: [{ Field: "path-pattern", PathPatternConfig: { Values: ["/a*", "/b"] } }] },
    "path-pattern is /a* or /b",
  ],
  [{ Conditions: [{ Field: "host-header", Values: ["a.example"] }] }, "host-header is a.example"],
  [
    {
      Conditions: [
        { Field: "http-header", HttpHeaderConfig: { HttpHeaderName: "X-Team", Values: ["red"] } },
        { Field: "query-string", QueryStringConfig: { Values: [{ Key: "v", Value: "1" }, { Value: "x" }] } },
      ],
    },
    "header X-Team is red and query-string is v=1 or x",
  ],
])("%j", (rule, words) => {
  expect(conditionsOf(rule)).toBe(words);
});
