import { describe, expect, test } from "vitest";
import { systemRandom } from "../kernel/random.ts";
import type { Verdict } from "./authorise.ts";
import type { CallContext } from "./context.ts";
import { createDecisionLog, type DecisionFilter } from "./decision-log.ts";
import { account, began, inHouse, region, root, source, user } from "./house.testing.ts";
import type { BoundOperation } from "./service-table.ts";

const bound = { service: { signingName: "ecr" }, name: "PutImage" } as BoundOperation;

function context(requestId: string): CallContext {
  return {
    ...{ requestId, principal: root, account, region, now: began, source },
    ...{ random: systemRandom, calledVia: [] },
  };
}

function verdict(allowed: boolean): Verdict {
  return { request: { action: "ecr:PutImage" }, decision: { allowed } } as Verdict;
}

describe("the decision log", () => {
  test("keeps the newest, newest first, and finds a request's", () => {
    const log = createDecisionLog(3);
    expect(log.find({}, 10)).toEqual([]);
    for (const id of ["a", "b", "c", "d", "e"]) log.note(context(id), bound, []);
    expect(log.find({}, 10).map((noted) => noted.requestId)).toEqual(["e", "d", "c"]);
    expect(log.find({}, 2).map((noted) => noted.requestId)).toEqual(["e", "d"]);
    expect(log.find({ requestId: "d" }, 10)).toEqual([
      { requestId: "d", time: began, service: "ecr", operation: "PutImage", principal: root, verdicts: [] },
    ]);
    expect(log.find({ requestId: "a" }, 10)).toEqual([]);
    log.clear();
    expect(log.find({}, 10)).toEqual([]);
    log.note(context("f"), bound, []);
    expect(log.find({}, 10).map((noted) => noted.requestId)).toEqual(["f"]);
  });

  test.each<readonly [string, DecisionFilter, readonly string[]]>([
    ["everything", {}, ["refused", "denied", "allowed"]],
    ["by caller", { principal: user("ann").arn }, ["denied", "allowed"]],
    ["by another caller", { principal: user("bob").arn }, []],
    ["by action", { action: "ECR:put*" }, ["denied", "allowed"]],
    ["by another action", { action: "ecr:Get?mage" }, []],
    ["what was allowed", { outcome: "allowed" }, ["allowed"]],
    ["what was denied", { outcome: "denied" }, ["denied"]],
    ["what was refused unasked", { outcome: "refused" }, ["refused"]],
    ["since a time", { since: began + 1 }, ["refused", "denied"]],
    ["all at once", { outcome: "allowed", since: began + 1 }, []],
  ])("finds %s", (_what, filter, found) => {
    const log = createDecisionLog();
    const ann = user("ann");
    log.note({ ...context("allowed"), principal: ann }, bound, [verdict(true)]);
    log.note({ ...context("denied"), principal: ann, now: began + 1 }, bound, [
      verdict(true),
      verdict(false),
    ]);
    log.noteRefusal({
      requestId: "refused",
      time: began + 2,
      refusal: { stage: "request", code: "SignatureDoesNotMatch", message: "", from: "::1" },
    });
    expect(log.find(filter, 10).map(({ requestId }) => requestId)).toEqual(found);
  });

  test("says which statement decided", async () => {
    const list = {
      name: "DescribeRepositories",
      authorise: () => [{ action: "ecr:DescribeRepositories", resource: "*" }],
      read: async () => ({}),
    };
    await inHouse({ ecr: [list] }, async (house) => {
      const ann = user("ann");
      const document = JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          { Effect: "Allow", Action: "ecr:*", Resource: "*" },
          { Sid: "NotYou", Effect: "Deny", Action: "ecr:Describe*", Resource: "*" },
        ],
      });
      house.standings.set(ann.arn, { identity: [{ name: "p", document }], tags: [], serviceLinked: false });
      await house.refusal("DescribeRepositories", {}, { as: ann });
      expect(house.decisions.find({}, 1)[0]?.verdicts[0]?.decision).toMatchObject({
        outcome: "explicitDeny",
        deciding: [{ policy: "p", index: 1, sid: "NotYou", effect: "Deny" }],
      });
    });
  });
});
