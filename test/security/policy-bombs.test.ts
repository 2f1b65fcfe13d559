import { createHash } from "node:crypto";
import * as iam from "@aws-sdk/client-iam";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { evaluate } from "../../src/authz/evaluate.ts";
import { compilePolicy } from "../../src/authz/parse/compile.ts";
import type { AccountId } from "../../src/kernel/brand.ts";
import { leave, type Party, policy, rootParty, userParty } from "../clients/parties.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

/**
 * Policies made to hurt: beyond AWS's sizes they are refused in AWS's words; within them the work that a decision does
 * grows with what the policy says about the request, counted and not timed (`src/authz/match/glob.test.ts` counts what
 * one pattern reads).
 */

const account = "111111111111" as AccountId;
const allow = { Effect: "Allow", Action: "ecr:*", Resource: "*" };
const principal = { type: "IAMUser", account, arn: `arn:aws:iam::${account}:user/ann` } as const;

/** A context that counts how often a decision asks it. */
class CountingContext extends Map<string, readonly string[]> {
  asked = 0;
  override get(key: string): readonly string[] | undefined {
    this.asked++;
    return super.get(key);
  }
}

/** How often the context is asked in a decision about `ecr:PutImage`, by so many statements. */
function asked(statements: readonly object[]): number {
  const context = new CountingContext([["aws:username", ["ann"]]]);
  const document = compilePolicy({ Version: "2012-10-17", Statement: statements });
  evaluate(
    {
      ...{ principal, action: "ecr:PutImage", resourceAccount: account, context },
      resource: `arn:aws:ecr:us-east-1:${account}:repository/ship`,
    },
    { identity: [{ name: "p", document }], resource: [] },
  );
  return context.asked;
}

const times = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));
const bomb = { StringLike: { "aws:username": times(5, (i) => `*${"a*".repeat(20)}${i}`) } };

describe("the work of a decision", () => {
  const about = { ...allow, Condition: bomb };
  test("grows with the statements about the action", () => {
    const one = asked([about]);
    expect(one).toBeGreaterThan(0);
    for (const count of [10, 100, 1000]) expect(asked(times(count, () => about))).toBe(count * one);
  });

  test.each<readonly [string, object]>([
    ["other services", { ...about, Action: "s3:*" }],
    ["other actions", { ...about, Action: "ecr:Describe*" }],
    ["other actions by many wildcards", { ...about, Action: `ecr:${"*a".repeat(20)}*z` }],
    [
      "other resources by many wildcards",
      { ...about, Resource: `arn:aws:ecr:*:*:repository/${"*a*".repeat(20)}z` },
    ],
  ])("does not grow with thousands of statements about %s", (_what, other) => {
    expect(asked([about, ...times(2000, () => other)])).toBe(asked([about]));
  });

  test("does not grow with the keys of a condition that is already broken", () => {
    const keys = Object.fromEntries(times(2000, (i) => [`aws:PrincipalTag/k${i}`, "v"]));
    const broken = (Condition: object) => asked([{ ...allow, Condition }]);
    expect(broken({ StringEquals: { "aws:PrincipalTag/none": "v", ...keys } })).toBeLessThanOrEqual(
      broken({ StringEquals: { "aws:PrincipalTag/none": "v" } }) + Object.keys(keys).length,
    );
  });
});

describe("a policy beyond its size", () => {
  let roadstead: TestRoadstead;
  let root: Party;
  let ann: Party;
  const RoleArn = `arn:aws:iam::${account}:role/r`;
  const trust = (...more: readonly object[]) =>
    policy(
      { Effect: "Allow", Principal: { AWS: account }, Action: ["sts:AssumeRole", "sts:TagSession"] },
      ...more,
    );
  beforeAll(async () => {
    roadstead = await testRoadstead();
    root = rootParty(roadstead.url, account);
    ann = await userParty(root, "ann", { Effect: "Allow", Action: "*", Resource: "*" });
    await root.iam.send(new iam.CreateGroupCommand({ GroupName: "g" }));
    await root.iam.send(new iam.CreateRoleCommand({ RoleName: "r", AssumeRolePolicyDocument: trust() }));
    await root.iam.send(new iam.CreatePolicyCommand({ PolicyName: "p", PolicyDocument: policy(allow) }));
  });
  afterAll(async () => {
    leave(root, ann);
    await roadstead.stop();
  });

  /** So many statements that differ, so that nothing packs them. */
  const long = (statements: number) =>
    policy(...times(statements, (i) => ({ ...allow, Sid: `s${i}`, Action: `ecr:Put${i}` })));
  const PolicyName = "bomb";
  const rows: readonly (readonly [string, string, () => Promise<unknown>])[] = [
    [
      "of a user",
      "Maximum policy size of 2048 bytes exceeded for user ann",
      () =>
        root.iam.send(
          new iam.PutUserPolicyCommand({ UserName: "ann", PolicyName, PolicyDocument: long(100) }),
        ),
    ],
    [
      "of a group",
      "Maximum policy size of 5120 bytes exceeded for group g",
      () =>
        root.iam.send(
          new iam.PutGroupPolicyCommand({ GroupName: "g", PolicyName, PolicyDocument: long(100) }),
        ),
    ],
    [
      "of a role",
      "Maximum policy size of 10240 bytes exceeded for role r",
      () =>
        root.iam.send(new iam.PutRolePolicyCommand({ RoleName: "r", PolicyName, PolicyDocument: long(200) })),
    ],
    [
      "of one's own",
      "Cannot exceed quota for PolicySize: 6144",
      () => root.iam.send(new iam.CreatePolicyCommand({ PolicyName, PolicyDocument: long(100) })),
    ],
    [
      "as a new version",
      "Cannot exceed quota for PolicySize: 6144",
      () =>
        root.iam.send(
          new iam.CreatePolicyVersionCommand({
            PolicyArn: `arn:aws:iam::${account}:policy/p`,
            PolicyDocument: long(100),
          }),
        ),
    ],
    [
      "of trust",
      "Cannot exceed quota for ACLSizePerRole: 2048",
      () =>
        root.iam.send(
          new iam.UpdateAssumeRolePolicyCommand({
            RoleName: "r",
            PolicyDocument: trust(
              ...times(30, (i) => ({
                Sid: `s${i}`,
                Effect: "Allow",
                Principal: { AWS: account },
                Action: "sts:AssumeRole",
              })),
            ),
          }),
        ),
    ],
    [
      "of a document at all",
      "1 validation error detected: Value at 'policyDocument' failed to satisfy constraint: Member must have length less than or equal to 131072",
      () => root.iam.send(new iam.CreatePolicyCommand({ PolicyName, PolicyDocument: " ".repeat(131_073) })),
    ],
  ];
  test.each(rows)("%s", async (_what, message, put) => {
    await expect(put()).rejects.toMatchObject({ message });
  });

  test("of a session", async () => {
    // Nothing in it repeats, so nothing packs it.
    const noise = times(60, (i) => createHash("sha256").update(String(i)).digest("hex"));
    const call = ann.sts.send(
      new AssumeRoleCommand({
        RoleArn,
        RoleSessionName: "bomb",
        Policy: policy({ ...allow, Resource: noise.map((name) => `arn:aws:s3:::${name}`) }),
      }),
    );
    await expect(call).rejects.toMatchObject({
      name: "PackedPolicyTooLargeException",
      message: expect.stringMatching(
        /^Packed policy consumes \d+% of allotted space, please use smaller policy\.$/,
      ),
    });
  });

  test("white space does not count, save for the whole document's bound", async () => {
    const PolicyDocument = policy(allow).replace("{", `{${" ".repeat(20_000)}`);
    await expect(
      root.iam.send(new iam.CreatePolicyCommand({ PolicyName: "spacious", PolicyDocument })),
    ).resolves.toBeDefined();
  });
});
