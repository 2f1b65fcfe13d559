import { expect, test } from "vitest";
import { type ForwardingRules, forwardedFields } from "./forwarded-fields.ts";
import { readHead } from "./request-head.ts";

const rules: ForwardingRules = {
  ...{ forwardedFor: "append", clientPort: false, preserveHost: false, dropInvalid: false, tlsFields: false },
  ...{ protocol: "http", port: 80 },
};
const client = {
  address: "192.0.2.1",
  port: 50_000,
  tls: { version: "TLSv1.3", cipher: "TLS_AES_128_GCM_SHA256" },
};

function sent(given: string[], changed: Partial<ForwardingRules> = {}, url = "/"): Record<string, string> {
  const line = { method: "GET", url, sourceIp: client.address, version: 1 };
  const head = readHead(line, ["Host", "example.com", ...given]);
  if (head === undefined) throw new Error("no head");
  const fields = forwardedFields(head, { ...rules, ...changed }, client, () => "1-0-new");
  return Object.fromEntries(
    fields.flatMap((name, at) => (at % 2 === 0 ? [[name, fields[at + 1] ?? ""]] : [])),
  );
}

const rows: [
  what: string,
  given: string[],
  rules: Partial<ForwardingRules>,
  name: string,
  value: string | undefined,
][] = [
  ["a client's address", [], {}, "X-Forwarded-For", "192.0.2.1"],
  [
    "after those that came",
    ["X-Forwarded-For", "203.0.113.5"],
    {},
    "X-Forwarded-For",
    "203.0.113.5, 192.0.2.1",
  ],
  ["with its port", [], { clientPort: true }, "X-Forwarded-For", "192.0.2.1:50000"],
  ["as it came", ["x-forwarded-for", "a"], { forwardedFor: "preserve" }, "X-Forwarded-For", "a"],
  ["not at all", ["X-Forwarded-For", "a"], { forwardedFor: "remove" }, "X-Forwarded-For", undefined],
  ["the protocol, whatever came", ["X-Forwarded-Proto", "gopher"], {}, "X-Forwarded-Proto", "http"],
  ["the listener's port", [], { port: 8080 }, "X-Forwarded-Port", "8080"],
  ["the host", [], {}, "Host", "example.com"],
  ["the host with the listener's port", [], { port: 8080 }, "Host", "example.com:8080"],
  ["the host as it came", [], { port: 8080, preserveHost: true }, "Host", "example.com"],
  ["a trace", [], {}, "X-Amzn-Trace-Id", "Root=1-0-new"],
  [
    "a trace within another",
    ["X-Amzn-Trace-Id", "Root=1-0-old;Sampled=1"],
    {},
    "X-Amzn-Trace-Id",
    "Self=1-0-new;Root=1-0-old;Sampled=1",
  ],
  [
    "a trace within another's",
    ["X-Amzn-Trace-Id", "Self=1-0-x;Root=1-0-old"],
    {},
    "X-Amzn-Trace-Id",
    "Self=1-0-new;Root=1-0-old",
  ],
  ["the version of TLS", [], { tlsFields: true }, "X-Amzn-Tls-Version", "TLSv1.3"],
  ["what ends at a hop", ["Keep-Alive", "timeout=5"], {}, "Keep-Alive", undefined],
  ["what Connection names", ["Connection", "close, X-Own", "X-Own", "1"], {}, "X-Own", undefined],
  ["a name that is none", ["X_Own", "1"], { dropInvalid: true }, "X_Own", undefined],
  ["a name with an underscore", ["X_Own", "1"], {}, "X_Own", "1"],
  ["the rest in its own letters", ["X-oWn", "1"], {}, "X-oWn", "1"],
  ["cookies of several fields", ["Cookie", "a=1", "Cookie", "b=2"], {}, "Cookie", "a=1; b=2"],
];

test.each(rows)("a target is told %s", (_what, given, changed, name, value) => {
  expect(sent(given, changed)[name]).toBe(value);
});

test("a target in absolute form names the host", () => {
  expect(sent([], {}, "http://other.example/path").Host).toBe("other.example");
});

test.each(["*", "example.com:80", "http://user@host/"])("%s is nothing to ask for", (url) => {
  expect(readHead({ method: "GET", url, sourceIp: "", version: 1 }, ["Host", "a"])).toBeUndefined();
});
