import { describe, expect, test } from "vitest";
import type { DecisionReport, VerdictReport } from "../dispatch/decision-report.ts";
import { explanation } from "./explain.ts";

const verdict: VerdictReport = {
  principal: "arn:aws:iam::111111111111:user/ann",
  action: "ecr:PutImage",
  resource: "arn:aws:ecr:us-east-1:111111111111:repository/ship",
  resourceAccount: "111111111111",
  outcome: "implicitDeny",
  decidedBy: "identity-based policy",
  message: "User: ann is not authorized",
  deciding: [],
  considered: [],
  context: { "aws:username": ["ann"] },
  missingContextKeys: [],
};
const considered = { kind: "identity-based policy", policy: "p", level: null, statements: 3 } as const;
const statement = {
  index: 1,
  sid: null,
  effect: "Allow",
  matches: true,
  mismatches: [],
  failedKeys: [],
} as const;

const scp = { kind: "service control policy", policy: "scp" } as const;

function text(change: Partial<VerdictReport>): string {
  return explanation(report([{ ...verdict, ...change }]));
}

function report(verdicts: readonly VerdictReport[]): DecisionReport {
  return {
    requestId: "r-1",
    time: "2026-09-11T00:00:00.000Z",
    operation: "ecr:PutImage",
    principal: "arn:aws:iam::111111111111:user/ann",
    outcome: "denied",
    refusal: null,
    verdicts,
  };
}

describe("an explanation says", () => {
  test.each<readonly [string, Partial<VerdictReport>, readonly string[]]>([
    [
      "who asked for what, and that nothing allows it",
      {},
      [
        "implicitDeny: arn:aws:iam::111111111111:user/ann ecr:PutImage on arn:aws:ecr:us-east-1:111111111111:repository/ship",
        "answered: User: ann is not authorized",
        "decided by silence: there is no identity-based policy",
        "policies considered:\n      none\n",
        'aws:username = ["ann"]',
      ],
    ],
    [
      "that a policy is silent, and why each statement is",
      {
        considered: [
          {
            ...considered,
            about: [
              { ...statement, sid: "Mine", matches: false, mismatches: ["resource"] },
              {
                ...statement,
                index: 2,
                matches: false,
                mismatches: ["principal", "condition"],
                failedKeys: ["aws:a", "aws:b"],
              },
            ],
          },
        ],
        missingContextKeys: ["aws:b"],
      },
      [
        "decided by silence: no identity-based policy allows it",
        "p (identity-based policy): 2 of 3 statements about the action",
        "Allow statement Mine: does not match (another resource)",
        "Allow statement 2: does not match (another principal; condition on aws:a, aws:b)",
        "aws:b is missing, and a condition asked for it",
      ],
    ],
    [
      "which statements decided, and at what level a service control policy stands",
      {
        outcome: "explicitDeny",
        decidedBy: "service control policy",
        deciding: [
          { ...scp, index: 1, sid: "No", effect: "Deny", statement: '{"Effect":"Deny"}' },
          { ...scp, index: 2, sid: null, effect: "Deny", statement: null },
        ],
        considered: [
          {
            ...{ kind: "service control policy", policy: "scp", level: 2, statements: 3 },
            about: [{ ...statement, effect: "Deny" }],
          },
        ],
      },
      [
        'decided by Deny statement No of scp (service control policy)\n      {"Effect":"Deny"},\n    and by Deny statement 2 of scp (service control policy)\n',
        "scp (service control policy, level 2): 1 of 3",
        "Deny statement 1: matches",
      ],
    ],
    [
      "that a root needs no policy",
      { outcome: "allowed", decidedBy: null, principal: "arn:aws:iam::111111111111:root" },
      ["decided by nothing: arn:aws:iam::111111111111:root needs no policy here"],
    ],
  ])("%s", (_name, change, lines) => {
    for (const line of lines) expect(text(change)).toContain(line);
  });

  test("that a call needs no permission", () => {
    expect(explanation({ ...report([]), outcome: "allowed" })).toBe(
      "ecr:PutImage: allowed, at 2026-09-11T00:00:00.000Z, request r-1\n  by arn:aws:iam::111111111111:user/ann\n  needs no permission\n",
    );
  });

  test.each<readonly [string, Partial<DecisionReport>, readonly string[]]>([
    [
      "before anybody was told from its signature",
      {
        operation: null,
        principal: null,
        refusal: { stage: "request", code: "SignatureDoesNotMatch", message: "It does not.", from: "::1" },
      },
      [
        "a request: refused, at 2026-09-11T00:00:00.000Z, request r-1\n  by nobody who could be told\n",
        "no policy was asked: the request came from nobody known",
        "SignatureDoesNotMatch: It does not.\n    from ::1",
      ],
    ],
    [
      "for its input",
      { refusal: { stage: "input", code: "ValidationError", message: "Too long.", from: "::1" } },
      ["no policy was asked: the input is not valid", "ValidationError: Too long."],
    ],
  ])("that a call was refused %s", (_when, change, lines) => {
    const said = explanation({ ...report([]), outcome: "refused", ...change });
    for (const line of lines) expect(said).toContain(line);
  });
});
