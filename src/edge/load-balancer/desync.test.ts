import { expect, test } from "vitest";
import { type Classification, classify, type DesyncMode, desyncAction } from "./desync.ts";

test.each<
  [what: string, method: string, version: string, raw: string[], kind: string | undefined, reason?: string]
>([
  ["complies", "POST", "1.1", ["Content-Length", "3"], undefined],
  ["is without content", "GET", "1.1", ["Host", "a"], undefined],
  ["is a GET of no bytes", "GET", "1.1", ["content-length", "0"], "Acceptable", "GetHeadZeroContentLength"],
  [
    "is a GET with content",
    "GET",
    "1.1",
    ["Content-Length", "1"],
    "Ambiguous",
    "UndefinedContentLengthSemantics",
  ],
  [
    "is a HEAD in chunks",
    "HEAD",
    "1.1",
    ["Transfer-Encoding", "chunked"],
    "Ambiguous",
    "UndefinedTransferEncodingSemantics",
  ],
  [
    "is in chunks in HTTP/1.0",
    "POST",
    "1.0",
    ["Transfer-Encoding", "chunked"],
    "Ambiguous",
    "UndefinedTransferEncodingSemantics",
  ],
  ["is in chunks", "POST", "1.1", ["Transfer-Encoding", "chunked"], undefined],
  [
    "has a field much like one of framing",
    "POST",
    "1.1",
    ["Transfer_Encoding", "chunked"],
    "Ambiguous",
    "SuspiciousHeader",
  ],
  ["has another much like one", "POST", "1.1", ["Content..Length", "3"], "Ambiguous", "SuspiciousHeader"],
])("a request that %s", (_what, method, version, raw, kind, reason) => {
  expect(classify(method, version, raw)).toEqual(kind === undefined ? undefined : { kind, reason });
});

const acceptable: Classification = { kind: "Acceptable", reason: "" };
const ambiguous: Classification = { kind: "Ambiguous", reason: "" };

test.each<[mode: DesyncMode, found: Classification | undefined, action: string]>([
  ["monitor", undefined, "route"],
  ["monitor", acceptable, "route"],
  ["monitor", ambiguous, "route"],
  ["defensive", undefined, "route"],
  ["defensive", acceptable, "route"],
  ["defensive", ambiguous, "route and close"],
  ["strictest", undefined, "route"],
  ["strictest", acceptable, "refuse"],
  ["strictest", ambiguous, "refuse"],
])("in mode %s, %o: %s", (mode, found, action) => {
  expect(desyncAction(mode, found)).toBe(action);
});
