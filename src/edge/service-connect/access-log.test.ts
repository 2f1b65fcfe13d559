import { describe, expect, test } from "vitest";
import { connectionLine, requestLine } from "./access-log.ts";

const logged = {
  startedAt: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
  ...{ method: "GET", path: "/items?token=secret", protocol: "HTTP/1.1", status: 200 },
  ...{ received: 0, sent: 12, duration: 7.4, serviceTime: 5.6 },
  ...{ userAgent: "wget", authority: "web:80", upstream: "10.0.0.1:8080" },
};
const text = { format: "TEXT", includeQueryParameters: false } as const;
const json = { format: "JSON", includeQueryParameters: false } as const;

describe("a line of the access log", () => {
  test.each([
    [
      "as text, without the query",
      requestLine(logged, text),
      '[2026-01-02T03:04:05.006Z] "GET /items HTTP/1.1" 200 0 12 7 6 "-" "wget" "-" "web:80" "10.0.0.1:8080"',
    ],
    [
      "with it",
      requestLine(logged, { ...text, includeQueryParameters: true }),
      '[2026-01-02T03:04:05.006Z] "GET /items?token=secret HTTP/1.1" 200 0 12 7 6 "-" "wget" "-" "web:80" "10.0.0.1:8080"',
    ],
    ["of a connection", connectionLine(logged, text), '[2026-01-02T03:04:05.006Z] 0 12 7 "10.0.0.1:8080"'],
    [
      "stays one line, whatever was sent",
      requestLine({ ...logged, userAgent: 'a"\n[2026] "b\\' }, text),
      '[2026-01-02T03:04:05.006Z] "GET /items HTTP/1.1" 200 0 12 7 6 "-" "a\\x22\\x0a[2026] \\x22b\\x5c" "-" "web:80" "10.0.0.1:8080"',
    ],
  ])("%s", (_what, line, expected) => {
    expect(line).toBe(expected);
  });

  test.each([
    [json, "/items"],
    [{ ...json, includeQueryParameters: true }, "/items?token=secret"],
  ])("as JSON: %j", (access, path) => {
    expect(JSON.parse(requestLine(logged, access))).toEqual({
      ...{ start_time: "2026-01-02T03:04:05.006Z", method: "GET", path, protocol: "HTTP/1.1" },
      ...{ response_code: 200, bytes_received: 0, bytes_sent: 12, duration: 7, upstream_service_time: 6 },
      ...{ x_forwarded_for: null, user_agent: "wget", request_id: null, authority: "web:80" },
      upstream_host: "10.0.0.1:8080",
    });
  });

  test("of a connection, as JSON", () => {
    expect(JSON.parse(connectionLine(logged, json))).toEqual({
      ...{ start_time: "2026-01-02T03:04:05.006Z", bytes_received: 0, bytes_sent: 12, duration: 7 },
      upstream_host: "10.0.0.1:8080",
    });
  });
});
