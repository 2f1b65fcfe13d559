import { describe, expect, test } from "vitest";
import { apiDestinationCall, outcomeOf, tokenCall, tokenOf } from "./http-call.ts";
import { createPace } from "./pace.ts";

const now = Date.UTC(2026, 8, 16, 16, 58, 57);

describe("what an endpoint's answer means", () => {
  test.each<[string, number, string | undefined, ReturnType<typeof outcomeOf>]>([
    ["taken", 204, undefined, { ok: true }],
    ["a redirect is no success", 302, undefined, { ok: false, again: false, renew: false }],
    ["bad for good", 400, "5", { ok: false, again: false, renew: false }],
    ["not let in", 401, undefined, { ok: false, again: true, renew: true }],
    ["not let in by a proxy", 407, undefined, { ok: false, again: true, renew: true }],
    ["a conflict", 409, undefined, { ok: false, again: true, renew: false }],
    ["too many", 429, "7", { ok: false, again: true, renew: false, after: 7000 }],
    [
      "not now, until a date",
      503,
      "Wed, 16 Sep 2026 16:59:57 GMT",
      { ok: false, again: true, renew: false, after: 60_000 },
    ],
    [
      "a date that is over",
      503,
      "Wed, 16 Sep 2026 16:00:00 GMT",
      { ok: false, again: true, renew: false, after: 0 },
    ],
    ["never", 500, "-1", { ok: false, again: false, renew: false }],
    ["no time at all", 500, "soon", { ok: false, again: true, renew: false }],
  ])("%s", (_what, status, retryAfter, outcome) => {
    expect(outcomeOf(status, retryAfter, now)).toEqual(outcome);
  });
});

describe("a call", () => {
  const endpoint = { endpoint: "https://example.com/a/*/b/*?k=1", method: "POST" };

  test("fills its path and keeps what an event says within its line", () => {
    const target = {
      PathParameterValues: ["../x", "y"],
      HeaderParameters: { "X-Note": "a\r\nHost: evil", Host: "evil", "Content-Length": "1" },
      QueryStringParameters: { k: "2&j=3" },
    };
    const { url, headers } = apiDestinationCall(endpoint, target, {}, undefined, "{}");
    expect(url.href).toBe("https://example.com/a/..%2Fx/b/y?k=2%26j%3D3");
    expect(headers["x-note"]).toBe("a  Host: evil");
    expect(headers.host).toBeUndefined();
    expect(headers["content-length"]).toBe("2");
  });

  test.each([
    ["a", ".."],
    ["..", "a"],
    [".", "a"],
  ])("does not leave its part of the path for %s and %s", (...PathParameterValues) => {
    const call = () => apiDestinationCall(endpoint, { PathParameterValues }, {}, undefined, "{}");
    expect(call).toThrow(/relative path/);
  });

  test.each([
    ["basic", { username: "u", password: "p:q" }, undefined, "Basic dTpwOnE="],
    ["a token", { client_id: "c" }, "t0", "Bearer t0"],
    ["a key in this header", { api_key_name: "Authorization", api_key_value: "raw" }, undefined, "raw"],
  ])("is authorized by %s, whatever the target says", (_what, secret, token, authorization) => {
    const target = { HeaderParameters: { authorization: "forged" } };
    expect(apiDestinationCall(endpoint, target, secret, token, "{}").headers.authorization).toBe(
      authorization,
    );
  });

  test("has the connection's parameters in a body that is an object, and in no other", () => {
    const secret = { invocation_http_parameters: { body_parameters: [{ key: "a", value: "2" }] } };
    const bodyOf = (input: string) => apiDestinationCall(endpoint, {}, secret, undefined, input).body;
    expect(bodyOf('{"a":1,"b":1}')).toBe('{"a":"2","b":1}');
    expect(bodyOf('"text"')).toBe('"text"');
  });

  test("has no body with GET", () => {
    const call = apiDestinationCall({ ...endpoint, method: "GET" }, {}, {}, undefined, "{}");
    expect([call.body, call.headers["content-length"]]).toEqual([undefined, undefined]);
  });

  test("for a token with GET has its form in the query", () => {
    const secret = { client_id: "a b", client_secret: "s", authorization_endpoint: "https://id.example/t" };
    const { url, headers, body } = tokenCall({ ...secret, http_method: "GET" });
    expect([url.search, body]).toEqual(["?grant_type=client_credentials", undefined]);
    expect(headers.authorization).toBe(`Basic ${Buffer.from("a%20b:s").toString("base64")}`);
  });

  test.each([
    ['{"access_token":"t","expires_in":60}', { text: "t", lasts: 60 }],
    ['{"access_token":"t","expires_in":"never"}', { text: "t", lasts: 3600 }],
    ['{"access_token":7}', undefined],
    ["<html>", undefined],
  ])("answered with %s gives a token or none", (body, token) => {
    expect(tokenOf(body)).toEqual(token);
  });
});

test("deliveries take turns as far apart as the rate says, and each keeps its own", () => {
  const pace = createPace();
  const turn = (id: string, at: number) => pace.turn("d", 2, id, at);
  expect([turn("a", 0), turn("b", 0), turn("c", 10)]).toEqual([0, 500, 1000]);
  expect(turn("b", 100)).toBe(500);
  expect([turn("c", 1000), turn("b", 1001)]).toEqual([1000, 1001]);
  expect(["a", "b", "c"].map(pace.waits)).toEqual([0, 1, 1]);
  // A second attempt takes a turn anew.
  expect(turn("a", 1200)).toBe(1500);
  expect(pace.waits("a")).toBe(1);
});
