import { PutImageTagMutabilityCommand } from "@aws-sdk/client-ecr";
import * as iam from "@aws-sdk/client-iam";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { leave, type Party, partyOf, policy, rootParty, userParty } from "../clients/parties.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

/**
 * The known ways from some permissions to more, each refused by name without its permission, on every other resource
 * too, and open with it: what guards a way is that permission and nothing else.
 */

const account = "111111111111";
const adminArn = "arn:aws:iam::aws:policy/AdministratorAccess";
const own = (resource: string) => `arn:aws:iam::${account}:${resource}`;
const everything = { Effect: "Allow", Action: "*", Resource: "*" };
const PolicyDocument = policy(everything);
const trusting = (Principal: object) => policy({ Effect: "Allow", Principal, Action: "sts:AssumeRole" });

let roadstead: TestRoadstead;
let root: Party;
const parties: Party[] = [];
beforeAll(async () => {
  roadstead = await testRoadstead();
  root = rootParty(roadstead.url, account);
  for (const UserName of ["admiral", "guest"]) await root.iam.send(new iam.CreateUserCommand({ UserName }));
  await root.iam.send(
    new iam.CreateLoginProfileCommand({ UserName: "admiral", Password: "Harbour-Light-1" }),
  );
  await root.iam.send(new iam.CreateGroupCommand({ GroupName: "officers" }));
  await root.iam.send(
    new iam.CreateRoleCommand({ RoleName: "bridge", AssumeRolePolicyDocument: trusting({ AWS: account }) }),
  );
  await root.iam.send(new iam.CreatePolicyCommand({ PolicyName: "orders", PolicyDocument }));
  await root.iam.send(new iam.CreateInstanceProfileCommand({ InstanceProfileName: "berth" }));
});
afterAll(async () => {
  leave(root, ...parties);
  await roadstead.stop();
});

async function sailor(name: string, ...statements: readonly object[]): Promise<Party> {
  const party = await userParty(root, name, ...statements);
  parties.push(party);
  return party;
}

/** The action that a way needs, on what, and its step. */
type Way = readonly [action: string, resource: string, step: (party: Party) => Promise<unknown>];

const ways: readonly Way[] = [
  [
    "iam:CreatePolicyVersion",
    own("policy/orders"),
    (by) =>
      by.iam.send(
        new iam.CreatePolicyVersionCommand({
          PolicyArn: own("policy/orders"),
          PolicyDocument,
          SetAsDefault: true,
        }),
      ),
  ],
  [
    "iam:SetDefaultPolicyVersion",
    own("policy/orders"),
    (by) =>
      by.iam.send(
        new iam.SetDefaultPolicyVersionCommand({ PolicyArn: own("policy/orders"), VersionId: "v1" }),
      ),
  ],
  [
    "iam:AttachUserPolicy",
    own("user/guest"),
    (by) => by.iam.send(new iam.AttachUserPolicyCommand({ UserName: "guest", PolicyArn: adminArn })),
  ],
  [
    "iam:AttachGroupPolicy",
    own("group/officers"),
    (by) => by.iam.send(new iam.AttachGroupPolicyCommand({ GroupName: "officers", PolicyArn: adminArn })),
  ],
  [
    "iam:AttachRolePolicy",
    own("role/bridge"),
    (by) => by.iam.send(new iam.AttachRolePolicyCommand({ RoleName: "bridge", PolicyArn: adminArn })),
  ],
  [
    "iam:PutUserPolicy",
    own("user/guest"),
    (by) => by.iam.send(new iam.PutUserPolicyCommand({ UserName: "guest", PolicyName: "p", PolicyDocument })),
  ],
  [
    "iam:PutGroupPolicy",
    own("group/officers"),
    (by) =>
      by.iam.send(new iam.PutGroupPolicyCommand({ GroupName: "officers", PolicyName: "p", PolicyDocument })),
  ],
  [
    "iam:PutRolePolicy",
    own("role/bridge"),
    (by) =>
      by.iam.send(new iam.PutRolePolicyCommand({ RoleName: "bridge", PolicyName: "p", PolicyDocument })),
  ],
  [
    "iam:AddUserToGroup",
    own("group/officers"),
    (by) => by.iam.send(new iam.AddUserToGroupCommand({ GroupName: "officers", UserName: "guest" })),
  ],
  [
    "iam:UpdateAssumeRolePolicy",
    own("role/bridge"),
    (by) =>
      by.iam.send(
        new iam.UpdateAssumeRolePolicyCommand({
          RoleName: "bridge",
          PolicyDocument: trusting({ AWS: own("root") }),
        }),
      ),
  ],
  [
    "iam:CreateAccessKey",
    own("user/admiral"),
    (by) => by.iam.send(new iam.CreateAccessKeyCommand({ UserName: "admiral" })),
  ],
  [
    "iam:CreateLoginProfile",
    own("user/guest"),
    (by) =>
      by.iam.send(new iam.CreateLoginProfileCommand({ UserName: "guest", Password: "Harbour-Light-2" })),
  ],
  [
    "iam:UpdateLoginProfile",
    own("user/admiral"),
    (by) =>
      by.iam.send(new iam.UpdateLoginProfileCommand({ UserName: "admiral", Password: "Harbour-Light-3" })),
  ],
  [
    "iam:DeactivateMFADevice",
    own("user/admiral"),
    (by) =>
      by.iam
        .send(new iam.DeactivateMFADeviceCommand({ UserName: "admiral", SerialNumber: own("mfa/admiral") }))
        .catch(unlessMissing),
  ],
  [
    "iam:PutUserPermissionsBoundary",
    own("user/guest"),
    (by) =>
      by.iam.send(
        new iam.PutUserPermissionsBoundaryCommand({ UserName: "guest", PermissionsBoundary: adminArn }),
      ),
  ],
  [
    "iam:DeleteUserPermissionsBoundary",
    own("user/guest"),
    (by) => by.iam.send(new iam.DeleteUserPermissionsBoundaryCommand({ UserName: "guest" })),
  ],
  [
    "iam:DeleteRolePermissionsBoundary",
    own("role/bridge"),
    (by) =>
      by.iam.send(new iam.DeleteRolePermissionsBoundaryCommand({ RoleName: "bridge" })).catch(unlessMissing),
  ],
  [
    "iam:DeleteRolePolicy",
    own("role/bridge"),
    (by) => by.iam.send(new iam.DeleteRolePolicyCommand({ RoleName: "bridge", PolicyName: "p" })),
  ],
  [
    "iam:DetachUserPolicy",
    own("user/guest"),
    (by) => by.iam.send(new iam.DetachUserPolicyCommand({ UserName: "guest", PolicyArn: adminArn })),
  ],
  [
    "iam:TagUser",
    own("user/guest"),
    (by) =>
      by.iam.send(new iam.TagUserCommand({ UserName: "guest", Tags: [{ Key: "rank", Value: "admiral" }] })),
  ],
  [
    "iam:UpdateUser",
    own("user/guest"),
    (by) => by.iam.send(new iam.UpdateUserCommand({ UserName: "guest" })),
  ],
  [
    "sts:AssumeRole",
    own("role/bridge"),
    (by) => by.sts.send(new AssumeRoleCommand({ RoleArn: own("role/bridge"), RoleSessionName: "climb" })),
  ],
];

/** The way is open when there is only nothing to be found behind it. */
function unlessMissing(error: unknown): void {
  if (!(error instanceof iam.NoSuchEntityException)) throw error;
}

describe("a way up", () => {
  let climber: Party;
  const may = (...statements: readonly object[]) =>
    root.iam.send(
      new iam.PutUserPolicyCommand({
        UserName: "climber",
        PolicyName: "own",
        PolicyDocument: policy(...statements),
      }),
    );
  beforeAll(async () => {
    climber = await sailor("climber", everything);
  });

  // A trust policy that names the account leaves it to the account's policies who may.
  test.each(ways)("by %s", async (action, resource, step) => {
    const refused = { name: "AccessDenied", message: expect.stringContaining(` ${action} `) };
    await may({ Effect: "Allow", NotAction: action, Resource: "*" });
    await expect(step(climber)).rejects.toMatchObject(refused);
    await may(
      { ...everything, NotAction: action, Action: undefined },
      { Effect: "Allow", Action: action, Resource: `${resource}-not` },
    );
    await expect(step(climber)).rejects.toMatchObject(refused);
    await may(everything, {
      Effect: "Deny",
      Action: action.toUpperCase().replace(/^IAM|^STS/, (name) => name.toLowerCase()),
      Resource: "*",
    });
    await expect(step(climber)).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining("with an explicit deny in an identity-based policy"),
    });
    await may({ Effect: "Allow", Action: action, Resource: resource });
    await expect(step(climber)).resolves.not.toThrow();
  });

  test("PassRole is asked for on the role itself, and its service can be held to one", async () => {
    const pass = (Condition: object) =>
      may(
        { ...everything, NotAction: "iam:PassRole", Action: undefined },
        { Effect: "Allow", Action: "iam:PassRole", Resource: own("role/bridge"), Condition },
      );
    const step = () =>
      climber.iam.send(
        new iam.AddRoleToInstanceProfileCommand({ InstanceProfileName: "berth", RoleName: "bridge" }),
      );
    await pass({ StringEquals: { "iam:PassedToService": "lambda.amazonaws.com" } });
    await expect(step()).rejects.toMatchObject({
      name: "AccessDenied",
      message: expect.stringContaining("iam:PassRole"),
    });
    await pass({ StringEquals: { "iam:PassedToService": "ec2.amazonaws.com" } });
    await expect(step()).resolves.toBeDefined();
  });
});

test("a session policy narrows a role and never widens it", async () => {
  await root.iam.send(
    new iam.CreateRoleCommand({ RoleName: "narrow", AssumeRolePolicyDocument: trusting({ AWS: account }) }),
  );
  const { Arn: RoleArn } = (await root.iam.send(new iam.GetRoleCommand({ RoleName: "narrow" }))).Role ?? {};
  await root.iam.send(
    new iam.PutRolePolicyCommand({
      RoleName: "narrow",
      PolicyName: "p",
      PolicyDocument: policy({ Effect: "Allow", Action: "iam:GetUser", Resource: "*" }),
    }),
  );
  const widener = await sailor("widener", { Effect: "Allow", Action: "sts:AssumeRole", Resource: "*" });
  const { Credentials: session } = await widener.sts.send(
    new AssumeRoleCommand({
      RoleArn,
      RoleSessionName: "climb",
      Policy: PolicyDocument,
      PolicyArns: [{ arn: adminArn }],
    }),
  );
  const credentials = {
    accessKeyId: session?.AccessKeyId ?? "",
    secretAccessKey: session?.SecretAccessKey ?? "",
    sessionToken: session?.SessionToken ?? "",
  };
  const inSession = partyOf({ endpoint: roadstead.url, region: "us-east-1", credentials }, account);
  parties.push(inSession);
  await inSession.iam.send(new iam.GetUserCommand({ UserName: "guest" }));
  await expect(inSession.iam.send(new iam.ListUsersCommand({}))).rejects.toMatchObject({
    name: "AccessDenied",
  });
  await expect(
    inSession.ecr.send(
      new PutImageTagMutabilityCommand({ repositoryName: "ship", imageTagMutability: "MUTABLE" }),
    ),
  ).rejects.toMatchObject({ name: "AccessDeniedException" });
});

describe("a tag that grants", () => {
  test("is not put on by who may only put on others", async () => {
    const tagger = await sailor("tagger", {
      Effect: "Allow",
      Action: "iam:TagUser",
      Resource: "*",
      Condition: {
        "ForAllValues:StringEquals": { "aws:TagKeys": ["berth"] },
        Null: { "aws:TagKeys": "false" },
      },
    });
    const tag = (...keys: readonly string[]) =>
      tagger.iam.send(
        new iam.TagUserCommand({ UserName: "tagger", Tags: keys.map((Key) => ({ Key, Value: "admiral" })) }),
      );
    await expect(tag("berth")).resolves.toBeDefined();
    await expect(tag("rank")).rejects.toMatchObject({ name: "AccessDenied" });
    await expect(tag("berth", "rank")).rejects.toMatchObject({ name: "AccessDenied" });
    // A key that looks the same is another key, and opens nothing.
    await expect(tag("b\u0435rth")).rejects.toMatchObject({ name: "AccessDenied" });
  });

  test("counts for the one who has it, by the value and not by its look", async () => {
    const ranked = await sailor("ranked", {
      Effect: "Allow",
      Action: "iam:ListUsers",
      Resource: "*",
      Condition: { StringEquals: { "aws:PrincipalTag/rank": "admiral" } },
    });
    const tagged = (Value: string) =>
      root.iam.send(new iam.TagUserCommand({ UserName: "ranked", Tags: [{ Key: "rank", Value }] }));
    for (const Value of ["", "Admiral", "admiral ", "\u0430dmiral"]) {
      await tagged(Value);
      await expect(ranked.iam.send(new iam.ListUsersCommand({}))).rejects.toMatchObject({
        name: "AccessDenied",
      });
    }
    await tagged("admiral");
    await expect(ranked.iam.send(new iam.ListUsersCommand({}))).resolves.toBeDefined();
  });
});
