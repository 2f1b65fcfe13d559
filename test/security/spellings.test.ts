import * as iam from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { evaluate } from "../../src/authz/evaluate.ts";
import { compilePolicy } from "../../src/authz/parse/compile.ts";
import type { AccountId } from "../../src/kernel/brand.ts";
import { leave, type Party, policy, rootParty } from "../clients/parties.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

/** Spellings that look like another, in policies and in names. */

const account = "111111111111" as AccountId;
const ship = `arn:aws:ecr:us-east-1:${account}:repository/ship`;

function decide(statement: object, action = "ecr:PutImage", resource = ship): string {
  const document = compilePolicy({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });
  const principal = { type: "IAMUser", account, arn: `arn:aws:iam::${account}:user/ann` } as const;
  const context = new Map([["aws:username", ["*"]]]);
  return evaluate(
    { principal, action, resource, resourceAccount: account, context },
    { identity: [{ name: "p", document }], resource: [] },
  ).outcome;
}

describe("an action or a resource in a policy", () => {
  test.each<readonly [string, object, string]>([
    ["an action in another case", { Action: "ECR:pUTiMAGE", Resource: "*" }, "allowed"],
    ["an action with a Cyrillic letter", { Action: "\u0435cr:PutImage", Resource: "*" }, "implicitDeny"],
    ["an action with a full-width letter", { Action: "ecr:Put\uff29mage", Resource: "*" }, "implicitDeny"],
    ["an action whose letter folds to k", { Action: "ecr:PutImage\u212a", Resource: "*" }, "implicitDeny"],
    ["an action with a dotless i", { Action: "ecr:Put\u0131mage", Resource: "*" }, "implicitDeny"],
    ["an action with a space", { Action: "ecr:PutImage ", Resource: "*" }, "implicitDeny"],
    ["an action with a zero-width space", { Action: "ecr:Put\u200bImage", Resource: "*" }, "implicitDeny"],
    ["a class of characters", { Action: "ecr:[P]utImage", Resource: "*" }, "implicitDeny"],
    ["a regular expression", { Action: "ecr:.*", Resource: "*" }, "implicitDeny"],
    ["a resource in another case", { Action: "*", Resource: ship.replace("ship", "Ship") }, "implicitDeny"],
    [
      "an ARN's service in another case",
      { Action: "*", Resource: ship.replace("ecr", "ECR") },
      "implicitDeny",
    ],
    [
      "a resource with a Cyrillic letter",
      { Action: "*", Resource: ship.replace("p", "\u0440") },
      "implicitDeny",
    ],
    ["a percent-encoded star", { Action: "*", Resource: ship.replace("ship", "%2A") }, "implicitDeny"],
    [
      "a star written as a variable",
      { Action: "*", Resource: ship.replace("ship", "$" + "{*}") },
      "implicitDeny",
    ],
    [
      "a variable whose value is a star",
      { Action: "*", Resource: ship.replace("ship", "$" + "{aws:username}") },
      "implicitDeny",
    ],
    ["a path that climbs", { Action: "*", Resource: ship.replace("ship", "tug/../ship") }, "implicitDeny"],
    [
      "one question mark for four letters",
      { Action: "*", Resource: ship.replace("ship", "?") },
      "implicitDeny",
    ],
    ["four of them", { Action: "*", Resource: ship.replace("ship", "????") }, "allowed"],
  ])("%s: %#", (_name, statement, outcome) => expect(decide(statement)).toBe(outcome));

  test("a Deny is not evaded by another case of the action", () => {
    const deny = { Effect: "Deny", Action: "ecr:putimage", Resource: "*" };
    expect(decide(deny, "ecr:PutImage")).toBe("explicitDeny");
    expect(decide(deny, "ECR:PUTIMAGE")).toBe("explicitDeny");
  });

  test("composed and decomposed letters are different names", () => {
    const of = (name: string) => ship.replace("ship", name);
    expect(decide({ Action: "*", Resource: of("caf\u00e9") }, "ecr:PutImage", of("cafe\u0301"))).toBe(
      "implicitDeny",
    );
    expect(decide({ Action: "*", Resource: of("caf\u00e9") }, "ecr:PutImage", of("caf\u00e9"))).toBe(
      "allowed",
    );
  });
});

describe("cost", () => {
  /** How often evaluation asks the context, for a policy of so many statements with so many conditions each. */
  function asked(statements: number, conditions: number): number {
    let count = 0;
    const context = new (class extends Map<string, readonly string[]> {
      override get(key: string) {
        count++;
        return super.get(key);
      }
    })([["aws:username", ["ann"]]]);
    const StringLike = {
      "aws:username": Array.from({ length: conditions }, (_, i) => `*${"a*".repeat(20)}${i}`),
    };
    const document = compilePolicy({
      Version: "2012-10-17",
      Statement: Array.from({ length: statements }, () => ({
        ...{ Effect: "Allow", Action: "*", Resource: "*", Condition: { StringLike } },
      })),
    });
    const principal = { type: "IAMUser", account, arn: `arn:aws:iam::${account}:user/ann` } as const;
    evaluate(
      { principal, action: "ecr:PutImage", resource: ship, resourceAccount: account, context },
      { identity: [{ name: "p", document }], resource: [] },
    );
    return count;
  }

  test("of conditions grows with the statements, not with the values of a condition", () => {
    expect(asked(1, 1)).toBeGreaterThan(0);
    for (const statements of [10, 100, 1_000]) {
      expect(asked(statements, 5)).toBe(statements * asked(1, 5));
      expect(asked(statements, 50)).toBe(asked(statements, 5));
    }
  });
});

describe("over the wire", () => {
  let roadstead: TestRoadstead;
  let root: Party;
  beforeAll(async () => {
    roadstead = await testRoadstead();
    root = rootParty(roadstead.url, account);
    await root.iam.send(new iam.CreateUserCommand({ UserName: "Ann" }));
  });
  afterAll(async () => {
    leave(root);
    await roadstead.stop();
  });

  const allow = { Effect: "Allow", Action: "ecr:*", Resource: "*" };
  const nested = (depth: number) => `${'{"Statement":'.repeat(depth)}{}${"}".repeat(depth)}`;

  test.each<readonly [string, string, string]>([
    ["nested deep", nested(5_000), "MalformedPolicyDocument"],
    ["brackets that never close", "[".repeat(10_000), "MalformedPolicyDocument"],
    [
      "a condition nested in conditions",
      policy({ ...allow, Condition: { StringEquals: { a: { b: {} } } } }),
      "MalformedPolicyDocument",
    ],
    ["longer than a policy may be", policy(...Array.from({ length: 120 }, () => allow)), "LimitExceeded"],
    ["a wildcard in the service", policy({ ...allow, Action: "e*:*" }), "MalformedPolicyDocument"],
    ["a Cyrillic service", policy({ ...allow, Action: "\u0435cr:*" }), "ValidationError"],
    [
      "an element named twice in another case",
      policy({ ...allow, effect: "Deny" }),
      "MalformedPolicyDocument",
    ],
    [
      "a prototype's name",
      policy(allow).replace('"Effect"', '"__proto__":{},"Effect"'),
      "MalformedPolicyDocument",
    ],
  ])("a policy that is %s is refused", async (_name, PolicyDocument, code) => {
    await expect(
      root.iam.send(new iam.PutUserPolicyCommand({ UserName: "Ann", PolicyName: "p", PolicyDocument })),
    ).rejects.toMatchObject({ Code: code });
  });

  test.each([["ann"], ["ANN"], ["aNn"]])("a user named %s is Ann over again", async (UserName) => {
    await expect(root.iam.send(new iam.CreateUserCommand({ UserName }))).rejects.toMatchObject({
      name: "EntityAlreadyExistsException",
    });
  });

  test.each([["\u0410nn"], ["Ann\u200b"], ["A\uff4en"], ["Ann*"], ["../Ann"], ["Ann/Bob"], ["Ann "]])(
    "no user is named %j",
    async (UserName) => {
      await expect(root.iam.send(new iam.CreateUserCommand({ UserName }))).rejects.toMatchObject({
        Code: "ValidationError",
      });
    },
  );
});
