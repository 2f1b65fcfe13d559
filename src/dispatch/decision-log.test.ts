import { describe, expect, test } from "vitest";
import { systemRandom } from "../kernel/random.ts";
import type { CallContext } from "./context.ts";
import { createDecisionLog } from "./decision-log.ts";
import { account, began, inHouse, region, root, source, user } from "./house.testing.ts";
import type { BoundOperation } from "./service-table.ts";

const bound = { service: { signingName: "ecr" }, name: "PutImage" } as BoundOperation;

function context(requestId: string): CallContext {
  return {
    ...{ requestId, principal: root, account, region, now: began, source },
    ...{ random: systemRandom, calledVia: [] },
  };
}

describe("the decision log", () => {
  test("keeps the newest, newest first, and finds a request's", () => {
    const log = createDecisionLog(3);
    expect(log.recent(10)).toEqual([]);
    for (const id of ["a", "b", "c", "d", "e"]) log.note(context(id), bound, []);
    expect(log.recent(10).map((noted) => noted.requestId)).toEqual(["e", "d", "c"]);
    expect(log.recent(2).map((noted) => noted.requestId)).toEqual(["e", "d"]);
    expect(log.byRequest("d")).toEqual([
      { requestId: "d", time: began, service: "ecr", operation: "PutImage", verdicts: [] },
    ]);
    expect(log.byRequest("a")).toEqual([]);
    log.clear();
    expect(log.recent(10)).toEqual([]);
    log.note(context("f"), bound, []);
    expect(log.recent(10).map((noted) => noted.requestId)).toEqual(["f"]);
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
      expect(house.decisions.recent(1)[0]?.verdicts[0]?.decision).toMatchObject({
        outcome: "explicitDeny",
        deciding: [{ policy: "p", index: 1, sid: "NotYou", effect: "Deny" }],
      });
    });
  });
});
