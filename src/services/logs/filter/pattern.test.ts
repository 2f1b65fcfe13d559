import { describe, expect, test } from "vitest";
import { filterPattern } from "./pattern.ts";

const json = JSON.stringify({
  eventType: "UpdateTrail",
  sourceIPAddress: "111.111.111.111",
  arrayKey: ["value", "another value"],
  objectList: [
    { name: "a", id: 1 },
    { name: "b", id: 2 },
  ],
  SomeObject: null,
  ThisFlag: true,
  size: 50,
});
const apache = '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534';

/** After the examples of "Filter pattern syntax" (CloudWatch Logs User Guide). */
const rows: readonly (readonly [pattern: string, message: string, matches: boolean])[] = [
  ["", "anything", true],
  ["ERROR", "[ERROR 400] BAD REQUEST", true],
  ["ERROR", "[error 400] bad request", false],
  ["ERROR ARGUMENTS", "[ERROR 419] MISSING ARGUMENTS", true],
  ["ERROR ARGUMENTS", "[ERROR 400] BAD REQUEST", false],
  ['"INTERNAL SERVER ERROR"', "[ERROR 500] INTERNAL SERVER ERROR", true],
  ['"INTERNAL SERVER ERROR"', "INTERNAL ERROR SERVER", false],
  ["?ERROR ?ARGUMENTS", "[ERROR 400] BAD REQUEST", true],
  ["?ERROR ?ARGUMENTS", "[INFO 200]", false],
  ["?ERROR INFO", "INFO", true],
  ["ERROR -ARGUMENTS", "[ERROR 419] MISSING ARGUMENTS", false],
  ["ERROR -ARGUMENTS", "[ERROR 401] UNAUTHORIZED", true],
  ["-ERROR", "fine", true],
  ['{ $.eventType = "UpdateTrail" }', json, true],
  ['{ $.eventType = "UpdateTrail" }', "UpdateTrail", false],
  ["{ $.sourceIPAddress != 123.123.* }", json, true],
  ["{ $.sourceIPAddress = 111.* }", json, true],
  ['{ $.arrayKey[0] = "value" }', json, true],
  ['{ $.arrayKey[1] = "value" }', json, false],
  ["{ $.objectList[1].id = 2 }", json, true],
  ["{ $.objectList[*].id = 2 }", json, true],
  ["{ $.size > 49 && $.size <= 50 }", json, true],
  ["{ $.size > 50 || $.size = 5e1 }", json, true],
  ["{ $.SomeObject IS NULL }", json, true],
  ["{ $.SomeOtherObject NOT EXISTS }", json, true],
  ["{ $.size NOT EXISTS }", json, false],
  ["{ $.ThisFlag IS TRUE }", json, true],
  ["{ $.ThisFlag IS FALSE }", json, false],
  ["{ ($.size = 1 || $.size = 50) && $.ThisFlag IS TRUE }", json, true],
  ["{ $.size = 50 || $.size = 1 && $.ThisFlag IS FALSE }", json, true],
  ["{ $['eventType'] = U* }", json, true],
  ["[ip, id, user, timestamp, request, status_code = 4*, size]", apache, true],
  ["[ip, id, user, timestamp, request, status_code = 5*, size]", apache, false],
  ["[ip, ..., size > 1000]", apache, true],
  ["[..., size > 2000]", apache, false],
  ["[ip, id, user]", apache, false],
  ["[ip, user, username, timestamp, request = *html*, status_code = 4*, bytes]", apache, true],
  ["[ip, user, username, timestamp, request, status_code = 404 || status_code = 410, bytes]", apache, true],
  ["[w1 = ERROR, w2]", "ERROR 42", true],
];

describe("a filter pattern", () => {
  test.each(rows)("%s on %s: %s", (pattern, message, matches) => {
    expect(filterPattern(pattern).matches(message)).toBe(matches);
  });

  test.each([
    "{ $.a }",
    "{ $.a = }",
    "{ a = 1 }",
    "{ $.a = 1",
    "[a, b",
    "[..., a, ...]",
    "{ $.a > b }",
    "%x%",
    '"a',
  ])("%s is refused", (pattern) => {
    expect(() => filterPattern(pattern)).toThrow(
      expect.objectContaining({ code: "InvalidParameterException" }),
    );
  });

  test("extracts the fields that it names", () => {
    expect(filterPattern("{ $.size > 1 && $.eventType = * }").extract(json)).toEqual({
      "$.size": "50",
      "$.eventType": "UpdateTrail",
    });
    expect(filterPattern("[ip, ..., size]").extract(apache)).toEqual({ $ip: "127.0.0.1", $size: "1534" });
  });
});
