import { describe, expect, test } from "vitest";
import { decisionQuery } from "./decision-query.ts";

const now = Date.UTC(2026, 8, 16, 12);
const read = (query: string) => decisionQuery(new URLSearchParams(query), now);

describe("what decisions are asked for", () => {
  test.each<readonly [string, object]>([
    ["", { filter: {}, limit: 100 }],
    ["request-id=r-1&limit=1000", { filter: { requestId: "r-1" }, limit: 1000 }],
    ["principal=arn:aws:iam::1:user/a", { filter: { principal: "arn:aws:iam::1:user/a" } }],
    ["action=ECR:put*", { filter: { action: "ECR:put*" } }],
    ["outcome=denied", { filter: { outcome: "denied" } }],
    ["since=90m", { filter: { since: now - 90 * 60_000 } }],
    ["since=2026-09-16T00:00:00Z", { filter: { since: Date.UTC(2026, 8, 16) } }],
  ])("%s", (query, expected) => expect(read(query)).toMatchObject(expected));

  test.each<readonly [string, string]>([
    ["who=ann", "who: is not one of request-id, principal"],
    ["limit=0", "limit: a number from 1 to 1000"],
    ["limit=1001", "limit:"],
    ["limit=1e3", "limit:"],
    ["outcome=maybe", "outcome: one of allowed, denied, refused"],
    ["since=soon", "since: a time"],
    ["principal=", "principal: 1 to 2048 characters"],
    [`action=${"a".repeat(2049)}`, "action: 1 to 2048 characters"],
    ["since=1h&since=2h", "since: is given twice"],
  ])("refuses %s", (query, message) => {
    expect(() => read(query)).toThrow(
      expect.objectContaining({ code: "ValidationException", message: expect.stringContaining(message) }),
    );
  });
});
