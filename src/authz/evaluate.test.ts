import { describe, expect, test } from "vitest";
import type { AccountId } from "../kernel/brand.ts";
import { requestContext } from "./context.ts";
import { evaluate } from "./evaluate.ts";
import { denialMessage } from "./explain.ts";
import { compilePolicy } from "./parse/compile.ts";
import type { AccessRequest, NamedPolicy } from "./types.ts";

const account = "111122223333" as AccountId;
const request: AccessRequest = {
  principal: { type: "IAMUser", account, arn: `arn:aws:iam::${account}:user/Bob`, ids: ["AIDABOB"] },
  action: "ecr:PutImage",
  resource: `arn:aws:ecr:eu-west-1:${account}:repository/team/app`,
  resourceAccount: account,
  context: requestContext({ "aws:username": "Bob", "aws:SourceIp": "192.0.2.7" }),
};

function named(name: string, ...statements: readonly object[]): NamedPolicy {
  return { name, document: compilePolicy({ Version: "2012-10-17", Statement: statements }) };
}

describe("a decision names what decided it", () => {
  const allow = { Sid: "Push", Effect: "Allow", Action: "ecr:Put*", Resource: "*" };
  const deny = { Effect: "Deny", Action: "ecr:*", Resource: "arn:aws:ecr:*:*:repository/team/*" };
  test("the allows of an allowed request", () => {
    expect(evaluate(request, { identity: [named("push", allow)], resource: [] })).toEqual({
      allowed: true,
      outcome: "allowed",
      decidedBy: undefined,
      deciding: [{ kind: "identity-based policy", policy: "push", index: 0, sid: "Push", effect: "Allow" }],
      missingContextKeys: [],
    });
  });
  test("the denies of a refused one", () => {
    const decision = evaluate(request, { identity: [named("push", allow, deny)], resource: [] });
    expect(decision).toMatchObject({ outcome: "explicitDeny", decidedBy: "identity-based policy" });
    expect(decision.deciding).toEqual([
      { kind: "identity-based policy", policy: "push", index: 1, effect: "Deny" },
    ]);
    expect(denialMessage(decision, request)).toBe(
      "User: arn:aws:iam::111122223333:user/Bob is not authorized to perform: ecr:PutImage on resource: " +
        "arn:aws:ecr:eu-west-1:111122223333:repository/team/app with an explicit deny in an identity-based policy",
    );
  });
  test("the context keys that conditions asked for in vain", () => {
    const tagged = {
      ...allow,
      Condition: { StringEquals: { "aws:PrincipalTag/Team": "a" }, Bool: { "aws:SecureTransport": true } },
    };
    expect(evaluate(request, { identity: [named("push", tagged)], resource: [] })).toEqual({
      allowed: false,
      outcome: "implicitDeny",
      decidedBy: "identity-based policy",
      deciding: [],
      missingContextKeys: ["aws:principaltag/team", "aws:securetransport"],
    });
  });
});
