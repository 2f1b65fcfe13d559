import * as iam from "@aws-sdk/client-iam";
import { AssumeRoleCommand, type AssumeRoleCommandInput } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { leave, type Party, policy, rootParty, userParty } from "../clients/parties.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

const account = "111111111111";
const everything = { Effect: "Allow", Action: "*", Resource: "*" };
const policyArn = `arn:aws:iam::${account}:policy/rolling`;
const adminArn = "arn:aws:iam::aws:policy/AdministratorAccess";
const captain = `arn:aws:iam::${account}:role/captain`;
const PolicyDocument = policy(everything);

let roadstead: TestRoadstead;
let root: Party;
const parties: Party[] = [];
beforeAll(async () => {
  roadstead = await testRoadstead();
  root = rootParty(roadstead.url, account);
  await root.iam.send(
    new iam.CreatePolicyCommand({ PolicyName: "rolling", PolicyDocument: policy(everything) }),
  );
  const harmless = { Effect: "Allow", Action: "iam:GetUser", Resource: "*" };
  await root.iam.send(
    new iam.CreatePolicyVersionCommand({
      PolicyArn: policyArn,
      PolicyDocument: policy(harmless),
      SetAsDefault: true,
    }),
  );
  await root.iam.send(
    new iam.CreateRoleCommand({
      RoleName: "captain",
      AssumeRolePolicyDocument: trust({ Service: "ec2.amazonaws.com" }),
    }),
  );
  await root.iam.send(new iam.CreateInstanceProfileCommand({ InstanceProfileName: "berth" }));
  await root.iam.send(new iam.CreateUserCommand({ UserName: "admiral" }));
});
afterAll(async () => {
  leave(root, ...parties);
  await roadstead.stop();
});

function trust(Principal: object, more: object = {}): string {
  return policy({ Effect: "Allow", Principal, Action: "sts:AssumeRole", ...more });
}

async function sailor(name: string, ...statements: readonly object[]): Promise<Party> {
  const party = await userParty(root, name, ...statements);
  parties.push(party);
  return party;
}

describe("a way up is closed by the permission it needs", () => {
  /** A step, the action that it needs, and on what. */
  const ways: readonly (readonly [string, string, string, (party: Party) => Promise<unknown>])[] = [
    [
      "back to an older version of one's policy",
      "iam:SetDefaultPolicyVersion",
      `policy ${policyArn}`,
      (party) =>
        party.iam.send(new iam.SetDefaultPolicyVersionCommand({ PolicyArn: policyArn, VersionId: "v1" })),
    ],
    [
      "a new version of one's policy",
      "iam:CreatePolicyVersion",
      `policy ${policyArn}`,
      (party) =>
        party.iam.send(
          new iam.CreatePolicyVersionCommand({ PolicyArn: policyArn, PolicyDocument, SetAsDefault: true }),
        ),
    ],
    [
      "a policy attached to oneself",
      "iam:AttachUserPolicy",
      "user sailor",
      (party) => party.iam.send(new iam.AttachUserPolicyCommand({ UserName: "sailor", PolicyArn: adminArn })),
    ],
    [
      "an inline policy of one's own",
      "iam:PutUserPolicy",
      "user sailor",
      (party) =>
        party.iam.send(new iam.PutUserPolicyCommand({ UserName: "sailor", PolicyName: "p", PolicyDocument })),
    ],
    [
      "a key of another user",
      "iam:CreateAccessKey",
      "user admiral",
      (party) => party.iam.send(new iam.CreateAccessKeyCommand({ UserName: "admiral" })),
    ],
    [
      "a role's trust edited to name oneself",
      "iam:UpdateAssumeRolePolicy",
      "role captain",
      (party) =>
        party.iam.send(
          new iam.UpdateAssumeRolePolicyCommand({
            RoleName: "captain",
            PolicyDocument: trust({ AWS: `arn:aws:iam::${account}:user/sailor` }),
          }),
        ),
    ],
    [
      "one's boundary taken off",
      "iam:DeleteUserPermissionsBoundary",
      "user sailor",
      (party) => party.iam.send(new iam.DeleteUserPermissionsBoundaryCommand({ UserName: "sailor" })),
    ],
    [
      "a role passed to an instance profile",
      "iam:PassRole",
      captain,
      (party) =>
        party.iam.send(
          new iam.AddRoleToInstanceProfileCommand({ InstanceProfileName: "berth", RoleName: "captain" }),
        ),
    ],
  ];

  let withAllBut: (action: string) => Promise<Party>;
  beforeAll(async () => {
    const party = await sailor("sailor", everything);
    withAllBut = async (action) => {
      await root.iam.send(
        new iam.PutUserPolicyCommand({
          UserName: "sailor",
          PolicyName: "own",
          PolicyDocument: policy({ Effect: "Allow", NotAction: action, Resource: "*" }),
        }),
      );
      return party;
    };
  });

  test.each(ways)("%s", async (_way, action, resource, step) => {
    const error: unknown = await step(await withAllBut(action)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      name: "AccessDenied",
      message: `User: arn:aws:iam::${account}:user/sailor is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`,
    });
  });
});

test("SetDefaultPolicyVersion on one policy does not reach another, and the default stays", async () => {
  const party = await sailor("roller", {
    Effect: "Allow",
    Action: "iam:SetDefaultPolicyVersion",
    Resource: `${policyArn}-`,
  });
  await expect(
    party.iam.send(new iam.SetDefaultPolicyVersionCommand({ PolicyArn: policyArn, VersionId: "v1" })),
  ).rejects.toMatchObject({ name: "AccessDenied" });
  const { Policy } = await root.iam.send(new iam.GetPolicyCommand({ PolicyArn: policyArn }));
  expect(Policy?.DefaultVersionId).toBe("v2");
});

describe("the confused deputy", () => {
  const RoleArn = `arn:aws:iam::${account}:role/deputy`;
  const RoleSessionName = "errand";
  let vendor: Party;
  beforeAll(async () => {
    const vendors = rootParty(roadstead.url, "222222222222");
    vendor = await userParty(vendors, "vendor", everything);
    parties.push(vendors, vendor);
    const Condition = { StringEquals: { "sts:ExternalId": "customer-1" } };
    await root.iam.send(
      new iam.CreateRoleCommand({
        RoleName: "deputy",
        AssumeRolePolicyDocument: trust({ AWS: "222222222222" }, { Condition }),
      }),
    );
  });

  test.each<readonly [string, Partial<AssumeRoleCommandInput>, boolean]>([
    ["the customer's id", { ExternalId: "customer-1" }, true],
    ["no id", {}, false],
    ["another customer's", { ExternalId: "customer-2" }, false],
    ["another case", { ExternalId: "Customer-1" }, false],
    ["an id that only begins so", { ExternalId: "customer-10" }, false],
    ["a tag of that name", { Tags: [{ Key: "sts:ExternalId", Value: "customer-1" }] }, false],
  ])("with %s", async (_name, input, goes) => {
    const call = vendor.sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName, ...input }));
    if (goes) expect((await call).AssumedRoleUser?.Arn).toContain("assumed-role/deputy/errand");
    else await expect(call).rejects.toMatchObject({ name: "AccessDenied" });
  });
});

test("a role of another account refuses alike whether it is there or not", async () => {
  const strangers = rootParty(roadstead.url, "333333333333");
  const stranger = await userParty(strangers, "stranger", everything);
  parties.push(strangers, stranger);
  const ask = (name: string) =>
    stranger.sts
      .send(
        new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${account}:role/${name}`, RoleSessionName: "probe" }),
      )
      .catch((error: unknown) => String(error).replaceAll(name, "<name>"));
  expect(await ask("captain")).toBe(await ask("nobody"));
  expect(await ask("captain")).toMatch(/^AccessDenied: User: .* sts:AssumeRole on resource: .*<name>$/);
});
