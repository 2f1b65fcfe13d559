import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AccountId } from "../kernel/brand.ts";
import { consideredPolicies } from "./considered.ts";
import { evaluate } from "./evaluate.ts";
import { compilePolicy } from "./parse/compile.ts";
import { policiesOf, policyCase, requestOf } from "./policy-case.arbitrary.ts";
import type { AccessRequest, NamedPolicy, PolicySet } from "./types.ts";

const account = "111111111111" as AccountId;
const repository = `arn:aws:ecr:us-east-1:${account}:repository/ship`;

const request: AccessRequest = {
  principal: { type: "IAMUser", account, arn: `arn:aws:iam::${account}:user/ann`, ids: ["AIDAANN"] },
  action: "ecr:PutImage",
  resource: repository,
  resourceAccount: account,
  context: new Map([["aws:username", ["ann"]]]),
};

function policy(name: string, ...statements: readonly object[]): NamedPolicy {
  return { name, document: compilePolicy({ Version: "2012-10-17", Statement: statements }) };
}

const allow = { Effect: "Allow", Action: "ecr:*", Resource: "*" };

describe("how a statement about the action fares", () => {
  test.each<readonly [string, "identity" | "resource", object, readonly string[], readonly string[]]>([
    ["matches", "identity", allow, [], []],
    [
      "another resource",
      "identity",
      { ...allow, Resource: "arn:aws:ecr:*:*:repository/tug" },
      ["resource"],
      [],
    ],
    ["no resource in a policy of an identity", "identity", { ...allow, Resource: [] }, ["resource"], []],
    [
      "conditions that do not hold, a missing key and another value",
      "identity",
      {
        ...allow,
        Condition: { StringEquals: { "aws:username": "bob", "aws:RequestedRegion": "eu-west-1" } },
      },
      ["condition"],
      ["aws:username", "aws:requestedregion"],
    ],
    ["another principal", "resource", { ...allow, Principal: { AWS: "222222222222" } }, ["principal"], []],
    [
      "no resource in a policy of a resource",
      "resource",
      { Effect: "Deny", Action: "ecr:PutImage", Principal: "*" },
      [],
      [],
    ],
    [
      "all three",
      "resource",
      {
        ...allow,
        Principal: { AWS: "222222222222" },
        Resource: "arn:aws:s3:::b",
        Condition: { Bool: { "aws:SecureTransport": "true" } },
      },
      ["principal", "resource", "condition"],
      ["aws:securetransport"],
    ],
  ])("%s", (_name, place, statement, mismatches, failedKeys) => {
    const policies: PolicySet = { identity: [], resource: [], [place]: [policy("p", statement)] };
    const [considered] = consideredPolicies(request, policies);
    expect(considered?.about).toMatchObject([
      { index: 0, matches: mismatches.length === 0, mismatches, failedKeys },
    ]);
  });
});

test("every policy is named, in AWS's order, with the statements about the action alone", () => {
  const others = [
    { ...allow, Action: "s3:*" },
    { ...allow, Sid: "Mine" },
  ];
  const policies: PolicySet = {
    identity: [policy("i1", ...others), policy("i2", { ...allow, Action: "iam:*" })],
    resource: [policy("r", { ...allow, Principal: "*" })],
    boundary: policy("b", allow),
    session: [policy("s", allow)],
    serviceControl: [[policy("c-root", allow)], [policy("c-account", allow)]],
  };
  const rows = (wanted: AccessRequest) =>
    consideredPolicies(wanted, policies).map(({ kind, policy: name, level, statements, about }) => [
      kind,
      name,
      level,
      statements,
      about.map(({ index, sid }) => sid ?? index),
    ]);
  const unlevelled = [
    ["resource-based policy", "r", undefined, 1, [0]],
    ["identity-based policy", "i1", undefined, 2, ["Mine"]],
    ["identity-based policy", "i2", undefined, 1, []],
    ["permissions boundary", "b", undefined, 1, [0]],
    ["session policy", "s", undefined, 1, [0]],
  ];
  expect(rows(request)).toEqual([
    ["service control policy", "c-root", 0, 1, [0]],
    ["service control policy", "c-account", 1, 1, [0]],
    ...unlevelled,
  ]);
  const exempt = { ...request, principal: { ...request.principal, serviceLinked: true } };
  expect(rows(exempt)).toEqual(unlevelled);
});

test("the statements that match are those that the decision names", () => {
  void fc.assert(
    fc.property(policyCase, (one) => {
      const asked = requestOf(one);
      const policies = policiesOf(one);
      const { outcome, deciding } = evaluate(asked, policies);
      const effect = outcome === "allowed" ? "Allow" : "Deny";
      const matching = consideredPolicies(asked, policies).flatMap(({ kind, policy: name, about }) =>
        about
          .filter((statement) => statement.matches && statement.effect === effect)
          .map(({ index }) => `${kind} ${name} ${index}`),
      );
      const named = deciding.map(({ kind, policy: name, index }) => `${kind} ${name} ${index}`);
      expect(matching.toSorted()).toEqual(named.toSorted());
    }),
    { numRuns: 500, seed: 31 },
  );
});
