import { expect, test } from "vitest";
import { rootArn } from "../../kernel/arn.ts";
import type { AccountId } from "../../kernel/brand.ts";
import type { Principal } from "../../kernel/principal.ts";
import { onBothDatabases, outcomeOf, userOf } from "./testing.ts";

const boundary = "arn:aws:iam::aws:policy/ReadOnlyAccess";
const attached = "arn:aws:iam::aws:policy/AdministratorAccess";
const tags = [{ Key: "Team", Value: "blue" }];
const tagKeys = { "aws:RequestTag/Team": "blue", "aws:TagKeys": ["Team"] };

/**
 * What each call must be permitted, in an account with the user `/p/Ann` (boundary set), the group `/p/Team` and the
 * instance profile `/p/Host`. The resource stands behind `arn:aws:iam::<account>:`. Service Authorization Reference,
 * "AWS Identity and Access Management".
 */
const rows: readonly (readonly [operation: string, input: object, resource: string, context?: object])[] = [
  // What exists is named as it exists, however the caller spells it.
  ["GetUser", { UserName: "ANN" }, "user/p/Ann"],
  ["DeleteUser", { UserName: "ann" }, "user/p/Ann"],
  ["ListUserTags", { UserName: "ann" }, "user/p/Ann"],
  ["ListGroupsForUser", { UserName: "ann" }, "user/p/Ann"],
  ["GetGroup", { GroupName: "team" }, "group/p/Team"],
  ["AddUserToGroup", { GroupName: "team", UserName: "ann" }, "group/p/Team"],
  ["RemoveUserFromGroup", { GroupName: "team", UserName: "ann" }, "group/p/Team"],
  ["PutGroupPolicy", { GroupName: "team" }, "group/p/Team"],
  ["GetInstanceProfile", { InstanceProfileName: "host" }, "instance-profile/p/Host"],
  [
    "RemoveRoleFromInstanceProfile",
    { InstanceProfileName: "host", RoleName: "r" },
    "instance-profile/p/Host",
  ],
  ["CreateAccessKey", { UserName: "ann" }, "user/p/Ann"],
  ["ListMFADevices", { UserName: "ann" }, "user/p/Ann"],
  ["GetLoginProfile", { UserName: "ann" }, "user/p/Ann"],
  // What does not exist is named as it would be.
  ["GetUser", { UserName: "nobody" }, "user/nobody"],
  [
    "CreateUser",
    { UserName: "New", Path: "/q/", PermissionsBoundary: boundary },
    "user/q/New",
    { "iam:PermissionsBoundary": boundary },
  ],
  ["CreateGroup", { GroupName: "New", Path: "/q/" }, "group/q/New"],
  ["CreatePolicy", { PolicyName: "New", Path: "/q/" }, "policy/q/New"],
  ["CreateInstanceProfile", { InstanceProfileName: "New" }, "instance-profile/New"],
  // Condition keys.
  ["TagUser", { UserName: "ann", Tags: tags }, "user/p/Ann", tagKeys],
  ["UntagUser", { UserName: "ann", TagKeys: ["Team"] }, "user/p/Ann", { "aws:TagKeys": ["Team"] }],
  ["TagInstanceProfile", { InstanceProfileName: "host", Tags: tags }, "instance-profile/p/Host", tagKeys],
  [
    "UntagInstanceProfile",
    { InstanceProfileName: "host", TagKeys: ["Team"] },
    "instance-profile/p/Host",
    { "aws:TagKeys": ["Team"] },
  ],
  [
    "AttachUserPolicy",
    { UserName: "ann", PolicyArn: attached },
    "user/p/Ann",
    { "iam:PolicyARN": attached, "iam:PermissionsBoundary": boundary },
  ],
  [
    "DetachUserPolicy",
    { UserName: "ann", PolicyArn: attached },
    "user/p/Ann",
    { "iam:PolicyARN": attached, "iam:PermissionsBoundary": boundary },
  ],
  ["PutUserPolicy", { UserName: "ann" }, "user/p/Ann", { "iam:PermissionsBoundary": boundary }],
  ["DeleteUserPolicy", { UserName: "ann" }, "user/p/Ann", { "iam:PermissionsBoundary": boundary }],
  [
    "PutUserPermissionsBoundary",
    { UserName: "ann", PermissionsBoundary: attached },
    "user/p/Ann",
    { "iam:PermissionsBoundary": attached },
  ],
  [
    "DeleteUserPermissionsBoundary",
    { UserName: "ann" },
    "user/p/Ann",
    { "iam:PermissionsBoundary": boundary },
  ],
  [
    "AttachGroupPolicy",
    { GroupName: "team", PolicyArn: attached },
    "group/p/Team",
    { "iam:PolicyARN": attached },
  ],
  [
    "DetachGroupPolicy",
    { GroupName: "team", PolicyArn: attached },
    "group/p/Team",
    { "iam:PolicyARN": attached },
  ],
];

const policyArn = "arn:aws:iam::<account>:policy/p/Own";

/**
 * What a refusal calls the resource: as users of AWS quote it for these operations, or for others that name things in
 * the same way.
 */
const shownRows: readonly (readonly [operation: string, input: object, shown: readonly string[]])[] = [
  ["ListUsers", {}, ["arn:aws:iam::<account>:user/"]],
  ["ListUsers", { PathPrefix: "/p/" }, ["arn:aws:iam::<account>:user/p/"]],
  ["ListRoles", {}, ["arn:aws:iam::<account>:role/"]],
  ["ListGroups", {}, ["arn:aws:iam::<account>:group/"]],
  ["ListInstanceProfiles", {}, ["arn:aws:iam::<account>:instance-profile/"]],
  ["ListVirtualMFADevices", {}, ["arn:aws:iam::<account>:mfa/"]],
  ["ListPolicies", {}, ["policy path /"]],
  ["ListPolicies", { PathPrefix: "/p/" }, ["policy path /p/"]],
  ["GetAccountSummary", {}, ["*"]],
  // What is there, or should be, is shown as the caller named it.
  ["GetUser", { UserName: "ANN" }, ["user ANN"]],
  ["GetUser", { UserName: "nobody" }, ["user nobody"]],
  ["CreateAccessKey", { UserName: "Ann" }, ["user Ann"]],
  ["AttachUserPolicy", { UserName: "Ann", PolicyArn: attached }, ["user Ann"]],
  ["GetRole", { RoleName: "R" }, ["role R"]],
  ["ListAttachedRolePolicies", { RoleName: "R" }, ["role R"]],
  ["UpdateAssumeRolePolicy", { RoleName: "R" }, ["role R"]],
  ["DeleteRole", { RoleName: "R" }, ["role R"]],
  ["GetGroup", { GroupName: "Team" }, ["group Team"]],
  ["AddUserToGroup", { GroupName: "Team", UserName: "Ann" }, ["group Team"]],
  [
    "AddRoleToInstanceProfile",
    { InstanceProfileName: "Host", RoleName: "R" },
    ["instance profile Host", "arn:aws:iam::<account>:role/R"],
  ],
  ["GetPolicy", { PolicyArn: policyArn }, [`policy ${policyArn}`]],
  ["CreatePolicyVersion", { PolicyArn: policyArn }, [`policy ${policyArn}`]],
  // What is made is shown by the ARN that it would have, but a policy by its name.
  ["CreateUser", { UserName: "New", Path: "/q/" }, ["arn:aws:iam::<account>:user/q/New"]],
  ["CreateGroup", { GroupName: "New" }, ["arn:aws:iam::<account>:group/New"]],
  ["CreateRole", { RoleName: "New", Tags: tags }, Array(2).fill("arn:aws:iam::<account>:role/New")],
  ["CreatePolicy", { PolicyName: "New", Tags: tags }, Array(2).fill("policy New")],
  ["CreateInstanceProfile", { InstanceProfileName: "New" }, ["arn:aws:iam::<account>:instance-profile/New"]],
  // What is named by ARN is shown by it.
  [
    "SimulatePrincipalPolicy",
    { PolicySourceArn: "arn:aws:iam::<account>:user/p/Ann" },
    ["arn:aws:iam::<account>:user/p/Ann"],
  ],
];

onBothDatabases("the permissions that calls need", (iam) => {
  test("name the resource and the condition keys of AWS's reference", async () => {
    const account = await furnished();
    for (const [operation, input, resource, context = {}] of rows) {
      const [needed, ...more] = await decided(account, operation, input);
      expect(more, operation).toEqual([]);
      expect({ ...needed, context: defined(needed?.context) }, operation).toEqual({
        action: `iam:${operation}`,
        resource: `arn:aws:iam::${account}:${resource}`,
        context,
      });
    }
  });

  test.each([
    ["User", { UserName: "New" }, "user/New"],
    ["Role", { RoleName: "New" }, "role/New"],
    ["Policy", { PolicyName: "New" }, "policy/New"],
    ["InstanceProfile", { InstanceProfileName: "New" }, "instance-profile/New"],
  ])("making a %s with tags needs the permission to tag it", async (type, input, path) => {
    const account = iam().account();
    const resource = `arn:aws:iam::${account}:${path}`;
    const needed = await decided(account, `Create${type}`, { ...input, Tags: tags });
    expect(needed.map(({ context, ...rest }) => ({ ...rest, context: defined(context) }))).toEqual([
      { action: `iam:Create${type}`, resource, context: tagKeys },
      { action: `iam:Tag${type}`, resource, context: tagKeys },
    ]);
  });

  test("lists and facts of the account need `*`", async () => {
    const account = iam().account();
    for (const operation of [
      ...[
        "ListUsers",
        "ListRoles",
        "ListGroups",
        "ListPolicies",
        "ListInstanceProfiles",
        "ListVirtualMFADevices",
      ],
      ...["CreateAccountAlias", "ListAccountAliases", "DeleteAccountAlias", "GetAccountSummary"],
    ]) {
      expect(await decided(account, operation, {})).toEqual([{ action: `iam:${operation}`, resource: "*" }]);
    }
  });

  test("managed policies are named by their ARNs", async () => {
    const account = iam().account();
    for (const operation of [
      ...["GetPolicy", "DeletePolicy", "CreatePolicyVersion", "GetPolicyVersion", "ListPolicyVersions"],
      ...["DeletePolicyVersion", "SetDefaultPolicyVersion", "ListPolicyTags", "ListEntitiesForPolicy"],
    ]) {
      expect(await decided(account, operation, { PolicyArn: attached })).toEqual([
        { action: `iam:${operation}`, resource: attached },
      ]);
      expect(await outcomeOf(iam().authorise(account, operation, { PolicyArn: "no-arn" }))).toBe(
        "ValidationError: ARN no-arn is not valid.",
      );
    }
  });

  test("a new name or path needs permission on both ends", async () => {
    const account = await furnished();
    const resources = async (operation: string, input: object) =>
      (await iam().authorise(account, operation, input)).map(({ resource }) => resource);
    expect(await resources("UpdateUser", { UserName: "ann", NewUserName: "Bea", NewPath: "/" })).toEqual([
      `arn:aws:iam::${account}:user/p/Ann`,
      `arn:aws:iam::${account}:user/Bea`,
    ]);
    expect(await resources("UpdateGroup", { GroupName: "team", NewPath: "/q/" })).toEqual([
      `arn:aws:iam::${account}:group/p/Team`,
      `arn:aws:iam::${account}:group/q/Team`,
    ]);
  });

  test("a role is passed to EC2 by whoever puts it into an instance profile", async () => {
    const account = await furnished();
    const input = { InstanceProfileName: "host", RoleName: "r" };
    expect(await decided(account, "AddRoleToInstanceProfile", input)).toEqual([
      {
        action: "iam:AddRoleToInstanceProfile",
        resource: `arn:aws:iam::${account}:instance-profile/p/Host`,
      },
      {
        action: "iam:PassRole",
        resource: `arn:aws:iam::${account}:role/r`,
        context: { "iam:PassedToService": "ec2.amazonaws.com" },
      },
    ]);
  });

  test("without a user name it is the caller that must be permitted", async () => {
    const account = await furnished();
    const ann = userOf(account, "Ann");
    for (const operation of ["GetUser", "CreateAccessKey", "ListAccessKeys", "GetLoginProfile"]) {
      expect(await decided(account, operation, {}, ann)).toEqual([
        { action: `iam:${operation}`, resource: `arn:aws:iam::${account}:user/p/Ann` },
      ]);
      expect(await iam().authorise(account, operation, {})).toEqual([
        { action: `iam:${operation}`, resource: rootArn(account) },
      ]);
    }
  });

  test("the last use of a key is its user's business; of an unknown key, nobody's", async () => {
    const account = await furnished();
    const { AccessKey } = await iam().call(account, "CreateAccessKey", { UserName: "Ann" });
    const { AccessKeyId } = AccessKey as { AccessKeyId: string };
    const resource = async (of: AccountId) =>
      (await iam().authorise(of, "GetAccessKeyLastUsed", { AccessKeyId }))[0]?.resource;
    expect(await resource(account)).toBe(`arn:aws:iam::${account}:user/p/Ann`);
    expect(await resource(iam().account())).toBe("*");
  });

  test("refusals show what AWS's show", async () => {
    const account = await furnished();
    for (const [operation, input, shown] of shownRows) {
      const needed = await iam().authorise(account, operation, input);
      const words = needed.map(({ resource, shown = resource }) => shown.replace(account, "<account>"));
      expect(words, operation).toEqual(shown);
    }
  });

  /** What the decision is on: without what its words are. */
  async function decided(account: AccountId, operation: string, input: object, as?: Principal) {
    const needed = await iam().authorise(account, operation, input, as);
    return needed.map(({ shown: _words, ...decision }) => decision);
  }

  async function furnished(): Promise<AccountId> {
    const account = iam().account();
    await iam().call(account, "CreateUser", { UserName: "Ann", Path: "/p/", PermissionsBoundary: boundary });
    await iam().call(account, "CreateGroup", { GroupName: "Team", Path: "/p/" });
    await iam().call(account, "CreateInstanceProfile", { InstanceProfileName: "Host", Path: "/p/" });
    return account;
  }
});

function defined(context: object = {}): object {
  return Object.fromEntries(Object.entries(context).filter(([, value]) => value !== undefined));
}
