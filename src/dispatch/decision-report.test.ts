import { describe, expect, test } from "vitest";
import { type DecisionReport, reportDecision } from "./decision-report.ts";
import { inHouse, user } from "./house.testing.ts";

const list = {
  name: "DescribeRepositories",
  authorise: () => [{ action: "ecr:DescribeRepositories", resource: "*" }],
  read: async () => ({}),
};
const allow = { Effect: "Allow", Action: "ecr:*", Resource: "*" };

/** What the report says of a call that a user makes with some statements of one policy `p`. */
async function reported(statements: readonly object[]): Promise<DecisionReport> {
  const reports: DecisionReport[] = [];
  await inHouse({ ecr: [list] }, async (house) => {
    const ann = user("ann");
    const document = JSON.stringify({ Version: "2012-10-17", Statement: statements });
    house.standings.set(ann.arn, { identity: [{ name: "p", document }], tags: [], serviceLinked: false });
    await house.call("DescribeRepositories", {}, { as: ann }).catch(() => undefined);
    reports.push(...house.decisions.find({}, 1).map(reportDecision));
  });
  const [report] = reports;
  if (report === undefined) throw new Error("nothing was noted");
  return report;
}

describe("the report of a call", () => {
  test.each<readonly [string, readonly object[], object]>([
    [
      "what allowed it",
      [{ ...allow, Sid: "Yes" }],
      {
        outcome: "allowed",
        decidedBy: null,
        deciding: [
          {
            ...{ kind: "identity-based policy", policy: "p", index: 0, sid: "Yes", effect: "Allow" },
            statement: '{"Effect":"Allow","Action":"ecr:*","Resource":"*","Sid":"Yes"}',
          },
        ],
        considered: [{ policy: "p", level: null, statements: 1, about: [{ sid: "Yes", matches: true }] }],
      },
    ],
    [
      "what denied it, and the allow that did not help",
      [allow, { ...allow, Effect: "Deny" }],
      {
        outcome: "explicitDeny",
        decidedBy: "identity-based policy",
        deciding: [{ index: 1, sid: null, effect: "Deny" }],
        considered: [
          {
            about: [
              { index: 0, matches: true },
              { index: 1, matches: true },
            ],
          },
        ],
      },
    ],
    [
      "whose silence denied it, and the keys that were missing",
      [{ ...allow, Condition: { StringEquals: { "aws:PrincipalTag/team": "harbour" } } }],
      {
        outcome: "implicitDeny",
        decidedBy: "identity-based policy",
        deciding: [],
        considered: [
          {
            about: [{ matches: false, mismatches: ["condition"], failedKeys: ["aws:principaltag/team"] }],
          },
        ],
        missingContextKeys: ["aws:principaltag/team"],
      },
    ],
    [
      "policies that say nothing of the action",
      [{ ...allow, Action: "iam:*" }],
      { outcome: "implicitDeny", considered: [{ policy: "p", statements: 1, about: [] }] },
    ],
  ])("%s", async (_name, statements, expected) => {
    const report = await reported(statements);
    expect(report).toMatchObject({ operation: "ecr:DescribeRepositories", verdicts: [expected] });
    expect(report.verdicts[0]?.context["aws:username"]).toEqual(["ann"]);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });
});
