import { describe, expect, test } from "vitest";
import type { Standing } from "../../dispatch/identity.ts";
import type { AccountId, Arn, RoleId } from "../../kernel/brand.ts";
import type { Principal, Session } from "../../kernel/principal.ts";
import { createIdentityDirectory } from "./directory.ts";
import { resourceFacts } from "./resource-facts.ts";
import { type IamUnderTest, onBothDatabases, rootOf, userOf } from "./testing.ts";

const allow = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}';
const deny = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}';
const trust =
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}';
const readOnly = "arn:aws:iam::aws:policy/ReadOnlyAccess" as Arn;
const session: Session = { issuedAt: 0, expiresAt: 1 };

onBothDatabases("the directory of identities", (iam) => {
  const standing = (principal: Principal): Promise<Standing | undefined> =>
    createIdentityDirectory(iam().ports).standing(iam().store.rows, principal);

  test("a user has its own policies, its groups', a boundary and tags", async () => {
    const account = iam().account();
    const user = await makeUser(iam(), account, "u");
    await iam().call(account, "PutUserPolicy", { UserName: "u", PolicyName: "Mine", PolicyDocument: allow });
    await iam().call(account, "CreateGroup", { GroupName: "g", Path: "/p/" });
    await iam().call(account, "PutGroupPolicy", { GroupName: "g", PolicyName: "Ours", PolicyDocument: deny });
    await iam().call(account, "AttachGroupPolicy", { GroupName: "g", PolicyArn: readOnly });
    await iam().call(account, "AttachUserPolicy", { UserName: "u", PolicyArn: readOnly });
    await iam().call(account, "AddUserToGroup", { UserName: "u", GroupName: "g" });
    await iam().call(account, "PutUserPermissionsBoundary", { UserName: "u", PermissionsBoundary: readOnly });
    await iam().call(account, "TagUser", { UserName: "u", Tags: [{ Key: "team", Value: "1" }] });

    const found = await standing(user);
    expect(new Set(found?.identity.map(({ name }) => name))).toEqual(
      new Set([`arn:aws:iam::${account}:user/u/Mine`, `arn:aws:iam::${account}:group/p/g/Ours`, readOnly]),
    );
    expect(found?.identity).toHaveLength(3);
    expect(found?.identity.find(({ name }) => name.endsWith("Mine"))?.document).toBe(allow);
    expect(found?.boundary?.name).toBe(readOnly);
    expect(found?.boundary?.document).toContain("ecr:Get");
    expect(found?.session).toBeUndefined();
    expect(found?.tags).toEqual([{ key: "team", value: "1" }]);
    expect(found?.serviceLinked).toBe(false);
  });

  test("a user may change its own password when the account's password policy says so", async () => {
    const account = iam().account();
    const user = await makeUser(iam(), account, "u");
    const own = async () => (await standing(user))?.identity.map(({ document }) => document) ?? [];
    await iam().call(account, "UpdateAccountPasswordPolicy", {});
    expect(await own()).toEqual([]);
    await iam().call(account, "UpdateAccountPasswordPolicy", { AllowUsersToChangePassword: true });
    const [policy] = await own();
    expect(JSON.parse(policy ?? "{}").Statement).toEqual([
      { Effect: "Allow", Action: "iam:ChangePassword", Resource: `arn:aws:iam::${account}:user/u` },
      { Effect: "Allow", Action: "iam:GetAccountPasswordPolicy", Resource: "*" },
    ]);
  });

  test("a root that AssumeRoot made may what the policy of its task does not deny, and nothing without one", async () => {
    const root = rootOf(iam().account());
    const task = "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials" as Arn;
    const of = async (policyArns: readonly Arn[]) =>
      (await standing({ ...root, session: { ...session, assumedRoot: true, policyArns } } as Principal))
        ?.session;
    expect((await of([task]))?.map(({ name }) => name)).toEqual([expect.stringMatching(/:root$/), task]);
    expect(await of(["arn:aws:iam::aws:policy/root-task/Gone" as Arn])).toEqual([]);
    expect((await standing(root))?.session).toBeUndefined();
  });

  test("the default version of a customer managed policy counts", async () => {
    const account = iam().account();
    const user = await makeUser(iam(), account, "u");
    const PolicyArn = `arn:aws:iam::${account}:policy/p`;
    await iam().call(account, "CreatePolicy", { PolicyName: "p", PolicyDocument: allow });
    await iam().call(account, "AttachUserPolicy", { UserName: "u", PolicyArn });
    await iam().call(account, "CreatePolicyVersion", { PolicyArn, PolicyDocument: deny });
    expect((await standing(user))?.identity).toEqual([{ name: PolicyArn, document: allow }]);
    await iam().call(account, "SetDefaultPolicyVersion", { PolicyArn, VersionId: "v2" });
    expect((await standing(user))?.identity).toEqual([{ name: PolicyArn, document: deny }]);
  });

  test("a user made anew under an old name is another", async () => {
    const account = iam().account();
    const before = await makeUser(iam(), account, "u");
    await iam().call(account, "DeleteUser", { UserName: "u" });
    const after = await makeUser(iam(), account, "u");
    expect(await standing(before)).toBeUndefined();
    expect(await standing(after)).toBeDefined();
  });

  test("a renamed user is still itself", async () => {
    const account = iam().account();
    const user = await makeUser(iam(), account, "u");
    await iam().call(account, "UpdateUser", { UserName: "u", NewUserName: "v" });
    expect(await standing(user)).toBeDefined();
  });

  test("a role session has the role's policies, cut by its session policies, and its tags over the role's", async () => {
    const account = iam().account();
    const Tags = [
      { Key: "Team", Value: "role" },
      { Key: "kept", Value: "1" },
    ];
    const made = await iam().call(account, "CreateRole", {
      RoleName: "r",
      AssumeRolePolicyDocument: trust,
      Tags,
    });
    await iam().call(account, "PutRolePolicy", { RoleName: "r", PolicyName: "p", PolicyDocument: allow });
    const role = made.Role as { Arn: Arn; RoleId: RoleId };
    const principal = (given: Partial<Session>): Principal => ({
      type: "AssumedRole",
      account,
      arn: `arn:aws:sts::${account}:assumed-role/r/s` as Arn,
      roleArn: role.Arn,
      roleName: "r",
      roleId: role.RoleId,
      sessionName: "s",
      accessKeyId: "ASIATEST",
      session: { ...session, ...given },
    });
    const plain = await standing(principal({}));
    expect(plain?.identity).toEqual([{ name: `${role.Arn}/p`, document: allow }]);
    expect(plain?.session).toBeUndefined();

    const cut = await standing(
      principal({ policy: deny, policyArns: [readOnly], tags: [{ key: "team", value: "session" }] }),
    );
    expect(cut?.session?.map(({ name }) => name)).toEqual([
      `arn:aws:sts::${account}:assumed-role/r/s`,
      readOnly,
    ]);
    expect(cut?.tags).toEqual([
      { key: "kept", value: "1" },
      { key: "team", value: "session" },
    ]);
    const another = { ...principal({}), roleId: "AROAANOTHER" as RoleId } as Principal;
    expect(await standing(another)).toBeUndefined();

    const directory = createIdentityDirectory(iam().ports);
    expect(await directory.role(iam().store.rows, role.Arn)).toMatchObject({
      arn: role.Arn,
      name: "r",
      id: role.RoleId,
      account,
      path: "/",
      maxSessionDuration: 3600,
      trustPolicy: trust,
    });
    expect(await directory.role(iam().store.rows, `${role.Arn}x`)).toBeUndefined();
    expect(await directory.serviceLinkedRole(iam().store.rows, account, "ec2.amazonaws.com")).toBeUndefined();
  });

  test("a federated user has what its issuer and its session policies both allow", async () => {
    const account = iam().account();
    const user = await makeUser(iam(), account, "u");
    await iam().call(account, "AttachUserPolicy", { UserName: "u", PolicyArn: readOnly });
    const federated = (issuer: Principal, given: Partial<Session>): Principal => ({
      type: "FederatedUser",
      account,
      arn: `arn:aws:sts::${account}:federated-user/f` as Arn,
      name: "f",
      accessKeyId: "ASIATEST",
      session: { ...session, ...given },
      issuer:
        issuer.type === "IAMUser"
          ? { type: "IAMUser", arn: issuer.arn, id: issuer.userId, name: issuer.userName }
          : { type: "Root", arn: `arn:aws:iam::${account}:root` as Arn, id: account },
    });
    const without = await standing(federated(user, {}));
    expect(without?.identity.map(({ name }) => name)).toEqual([readOnly]);
    expect(without?.session).toEqual([]);
    expect((await standing(federated(rootOf(account), { policy: allow })))?.session).toHaveLength(1);
    await iam().call(account, "DetachUserPolicy", { UserName: "u", PolicyArn: readOnly });
    await iam().call(account, "DeleteUser", { UserName: "u" });
    expect(await standing(federated(user, { policy: allow }))).toBeUndefined();
  });

  test("nobody knows a key that was never made", async () => {
    const directory = createIdentityDirectory(iam().ports);
    expect(await directory.accessKey(iam().store.rows, "AKIAIOSFODNN7EXAMPLE")).toBeUndefined();
  });

  describe("what policies know of IAM's own resources", () => {
    test("tags of users, policies and instance profiles; the trust policy of a role for those who take it", async () => {
      const account = iam().account();
      const Tags = [{ Key: "k", Value: "v" }];
      const tags = [{ key: "k", value: "v" }];
      const arn = (resource: string) => `arn:aws:iam::${account}:${resource}`;
      await iam().call(account, "CreateUser", { UserName: "u", Path: "/p/", Tags });
      await iam().call(account, "CreatePolicy", { PolicyName: "p", PolicyDocument: allow, Tags });
      await iam().call(account, "CreateInstanceProfile", { InstanceProfileName: "i", Tags });
      await iam().call(account, "CreateGroup", { GroupName: "g" });
      await iam().call(account, "CreateRole", { RoleName: "r", AssumeRolePolicyDocument: trust, Tags });
      const facts = (resource: string, action: string) => resourceFacts(iam().store.rows, resource, action);

      expect(await facts(arn("user/p/u"), "iam:GetUser")).toEqual({ policies: [], tags });
      expect(await facts(arn("policy/p"), "iam:GetPolicy")).toEqual({ policies: [], tags });
      expect(await facts(arn("instance-profile/i"), "iam:GetInstanceProfile")).toEqual({
        policies: [],
        tags,
      });
      expect(await facts(arn("group/g"), "iam:GetGroup")).toEqual({ policies: [] });
      expect(await facts(arn("role/r"), "iam:GetRole")).toEqual({ policies: [], tags });
      for (const action of ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]) {
        expect(await facts(arn("role/r"), action)).toEqual({
          policies: [{ name: arn("role/r"), document: trust }],
          kind: "trust",
          tags,
        });
      }
      expect(await facts(arn("role/absent"), "sts:AssumeRole")).toEqual({ policies: [], kind: "trust" });
      expect(await facts("arn:aws:iam::aws:policy/ReadOnlyAccess", "iam:GetPolicy")).toEqual({
        policies: [],
        tags: [],
      });
    });
  });
});

async function makeUser(iam: IamUnderTest, account: AccountId, UserName: string): Promise<Principal> {
  const { User } = await iam.call(account, "CreateUser", { UserName });
  return userOf(account, UserName, (User as { UserId: string }).UserId);
}
