import { describe, expect, test } from "vitest";
import { Fault } from "../kernel/fault.ts";
import { browserGuard } from "./browser-guard.ts";

const guard = browserGuard("roadstead.example", ["build-host", "192.0.2.9", "2001:DB8::9"]);

function outcome(headers: Readonly<Record<string, string | readonly string[]>>): number | "admitted" {
  try {
    guard.check(headers);
    return "admitted";
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return error.code === "AccessDenied" ? (error.status ?? 0) : -1;
  }
}

describe("Host", () => {
  test.each([
    "localhost",
    "localhost:4566",
    "LOCALHOST:4566",
    "127.0.0.1:4566",
    "[::1]:4566",
    "[::1]",
    "000000000000.dkr.ecr.us-east-1.localhost:4566",
    "roadstead.example",
    "111122223333.dkr.ecr.eu-west-1.roadstead.example:4566",
    "build-host:80",
    "192.0.2.9:4566",
    "[2001:db8::9]:4566",
    // An address is no name that could have been rebound.
    "192.0.2.10",
    "[::2]:4566",
  ])("%s is ours", (host) => {
    expect(outcome({ host })).toBe("admitted");
  });

  test.each([
    "evil.example",
    "rebound.evil.example:4566",
    "localhost.evil.example",
    "notlocalhost",
    "roadstead.example.evil.example",
    "xroadstead.example",
    "127.0.0.1.nip.io:4566",
    "",
    "localhost:4566:4566",
    "localhost@evil.example",
  ])("%j is not", (host) => {
    expect(outcome({ host })).toBe(403);
  });

  test("is not asked of clients of HTTP/1.0, which send none", () => {
    expect(outcome({})).toBe("admitted");
  });
});

describe("what only browsers send", () => {
  const host = "localhost:4566";
  test.each([
    [{ "sec-fetch-site": "cross-site" }, 403],
    [{ "sec-fetch-site": "same-origin" }, "admitted"],
    [{ "sec-fetch-site": "none" }, "admitted"],
    [{ origin: "http://evil.example" }, 403],
    [{ origin: "http://localhost.evil.example:4566" }, 403],
    [{ origin: "null" }, 403],
    [{ origin: "" }, 403],
    [{ origin: "not a url" }, 403],
    [{ origin: "http://localhost:4566" }, "admitted"],
    [{ origin: "http://127.0.0.1:3000" }, "admitted"],
    [{ origin: "https://console.roadstead.example" }, "admitted"],
    [{ origin: ["http://evil.example", "http://localhost"] }, 403],
  ] as const)("%j: %s", (headers, expected) => {
    expect(outcome({ host, ...headers })).toBe(expected);
  });
});

describe("Origin of an address", () => {
  test("is ours when it is the address that was asked", () => {
    expect(outcome({ host: "192.0.2.10:4566", origin: "http://192.0.2.10:4566" })).toBe("admitted");
  });
  test("is not ours otherwise", () => {
    expect(outcome({ host: "127.0.0.1:4566", origin: "http://192.0.2.10:4566" })).toBe(403);
  });
});
