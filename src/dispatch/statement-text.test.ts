import { describe, expect, test } from "vitest";
import { compilePolicy } from "../authz/parse/compile.ts";
import type { PolicyKind, PolicySet, StatementMatch } from "../authz/types.ts";
import { statementText } from "./statement-text.ts";

const allow = { Effect: "Allow", Action: "ecr:*", Resource: "*" };

function policies(kind: PolicyKind, Statement: unknown): PolicySet {
  const text = JSON.stringify({ Version: "2012-10-17", Statement });
  const policy = { name: "p", document: compilePolicy({ Version: "2012-10-17", Statement: [allow] }), text };
  const none: PolicySet = { identity: [], resource: [] };
  return {
    "identity-based policy": { ...none, identity: [policy] },
    "resource-based policy": { ...none, resource: [policy] },
    "trust policy": { ...none, resource: [policy] },
    "permissions boundary": { ...none, boundary: policy },
    "session policy": { ...none, session: [policy] },
    "service control policy": { ...none, serviceControl: [[], [policy]] },
  }[kind];
}

const shown = (kind: PolicyKind, statements: unknown, change: Partial<StatementMatch> = {}) =>
  statementText({ kind, policy: "p", index: 0, effect: "Allow", ...change }, policies(kind, statements));

describe("a deciding statement", () => {
  test.each<PolicyKind>([
    "identity-based policy",
    "resource-based policy",
    "trust policy",
    "permissions boundary",
    "session policy",
    "service control policy",
  ])("of a %s is shown as it is written", (kind) => {
    expect(shown(kind, [{}, allow], { index: 1 })).toBe(JSON.stringify(allow));
    expect(shown(kind, allow)).toBe(JSON.stringify(allow));
    expect(shown(kind, [allow], { policy: "another" })).toBeUndefined();
    expect(shown(kind, [allow], { index: 7 })).toBeUndefined();
  });

  test("is cut off when it is long", () => {
    const long = shown("session policy", { ...allow, Resource: "r".repeat(5_000) });
    expect(long).toHaveLength(2_001);
    expect(long?.endsWith("r…")).toBe(true);
  });

  test("keeps what two parties share from those who read decisions", () => {
    const Condition = { StringEquals: { "STS:ExternalId": "between-us", "aws:x": "y" } };
    expect(shown("trust policy", [{ ...allow, Condition }])).toBe(
      JSON.stringify({
        ...allow,
        Condition: { StringEquals: { "STS:ExternalId": "(not shown)", "aws:x": "y" } },
      }),
    );
  });
});
