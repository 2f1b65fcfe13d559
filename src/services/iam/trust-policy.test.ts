import { expect, test } from "vitest";
import { onBothDatabases, outcomeOf, play } from "./testing.ts";

const trusting = (AWS: unknown) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { AWS }, Action: "sts:AssumeRole" }],
  });
const malformed = (value: string) => `MalformedPolicyDocument: Invalid principal in policy: "AWS":"${value}"`;

onBothDatabases("trust policies that name users and roles", (iam) => {
  /** The `AWS` principals of a role as GetRole shows them. */
  async function shown(account: string, RoleName = "r"): Promise<unknown> {
    const { Role } = await iam().call(account as never, "GetRole", { RoleName });
    const document = decodeURIComponent(
      (Role as { AssumeRolePolicyDocument: string }).AssumeRolePolicyDocument,
    );
    return JSON.parse(document).Statement[0].Principal.AWS;
  }

  async function roleTrusting(AWS: unknown, account = iam().account()): Promise<string> {
    await iam().call(account, "CreateRole", { RoleName: "r", AssumeRolePolicyDocument: trusting(AWS) });
    return account;
  }

  test("a user is shown by its ARN wherever it is called so, and by its id once it is gone", async () => {
    const home = iam().account();
    const { User } = await iam().call(home, "CreateUser", { UserName: "ann" });
    const { UserId } = User as { UserId: string };
    const account = await roleTrusting(`arn:aws:iam::${home}:user/ann`);
    expect(await shown(account)).toBe(`arn:aws:iam::${home}:user/ann`);

    await iam().call(home, "UpdateUser", { UserName: "ann", NewUserName: "anna", NewPath: "/x/" });
    expect(await shown(account)).toBe(`arn:aws:iam::${home}:user/x/anna`);

    await iam().call(home, "DeleteUser", { UserName: "anna" });
    await iam().call(home, "CreateUser", { UserName: "ann" });
    expect(await shown(account)).toBe(UserId);
    // AWS: what is shown then cannot be saved again.
    const again = iam().call(account as never, "UpdateAssumeRolePolicy", {
      RoleName: "r",
      PolicyDocument: trusting(UserId),
    });
    expect(await outcomeOf(again)).toBe(malformed(UserId));
  });

  test("every answer that carries a trust policy shows ARNs", async () => {
    const account = iam().account();
    await iam().call(account, "CreateUser", { UserName: "ann" });
    await iam().call(account, "CreateRole", { RoleName: "taken", AssumeRolePolicyDocument: trusting("*") });
    const arns = [`arn:aws:iam::${account}:user/ann`, `arn:aws:iam::${account}:role/taken`];
    await roleTrusting(arns, account);
    await iam().call(account, "CreateInstanceProfile", { InstanceProfileName: "p" });
    await iam().call(account, "AddRoleToInstanceProfile", { InstanceProfileName: "p", RoleName: "r" });
    const answers = {
      GetRole: { RoleName: "r" },
      ListRoles: {},
      UpdateRoleDescription: { RoleName: "r", Description: "d" },
      GetInstanceProfile: { InstanceProfileName: "p" },
      ListInstanceProfiles: {},
      ListInstanceProfilesForRole: { RoleName: "r" },
      GetAccountAuthorizationDetails: {},
    };
    for (const [operation, input] of Object.entries(answers)) {
      const answer = decodeURIComponent(JSON.stringify(await iam().call(account, operation, input)));
      expect(answer, operation).toContain(JSON.stringify(arns));
      expect(answer, operation).not.toMatch(/"AWS":[^}]*A(IDA|ROA)/);
    }
  });

  test("a living id may be written, and a policy saved before ids were kept is shown as it is", async () => {
    const account = iam().account();
    const { User } = await iam().call(account, "CreateUser", { UserName: "ann" });
    await roleTrusting((User as { UserId: string }).UserId, account);
    const arn = `arn:aws:iam::${account}:user/ann`;
    expect(await shown(account)).toBe(arn);
    await iam().store.transaction(async (tx) => {
      const document = JSON.stringify({ trustPolicy: trusting(arn), maxSessionDuration: 3600, tags: [] });
      await tx
        .tables<{ iam_role: { account: string; document: string } }>()
        .updateTable("iam_role")
        .set({ document })
        .where("account", "=", account)
        .execute();
    });
    expect(await shown(account)).toBe(arn);
  });

  play(iam, [
    [
      "who is nobody is refused",
      ["CreateGroup", { GroupName: "team" }],
      ["CreateUser", { UserName: "ann", Path: "/x/" }],
      ...[
        "arn:aws:iam::ACCOUNT:user/none",
        "arn:aws:iam::ACCOUNT:user/ann",
        "arn:aws:iam::ACCOUNT:role/none",
        "arn:aws:iam::ACCOUNT:group/team",
        "arn:aws:iam::ACCOUNT:role/*",
        "arn:aws-cn:iam::ACCOUNT:root",
        "arn:aws:iam::12:root",
        "arn:aws:s3:::bucket",
        "AIDAAAAAAAAAAAAAAAAAA",
        "AROAAAAAAAAAAAAAAAAAA",
        "ann",
        "12345",
        "",
      ].map(
        (value) =>
          [
            "CreateRole",
            { RoleName: "r", AssumeRolePolicyDocument: trusting(["ACCOUNT", value]) },
            malformed(value),
          ] as const,
      ),
    ],
    [
      "who stands for itself is taken as written",
      ...[
        "*",
        "arn:aws:iam::ACCOUNT:root",
        "arn:aws:iam::999999999999:root",
        "arn:aws:sts::ACCOUNT:assumed-role/none/session",
        "arn:aws:sts::ACCOUNT:federated-user/bob",
        "arn:aws:iam::ACCOUNT:user/x/ann",
      ].flatMap((value, at) => [
        ...(at === 5 ? [["CreateUser", { UserName: "ann", Path: "/x/" }] as const] : []),
        ["CreateRole", { RoleName: `r${at}`, AssumeRolePolicyDocument: trusting(value) }] as const,
        ["GetRole", { RoleName: `r${at}` }, { Role: { RoleName: `r${at}` } }] as const,
      ]),
    ],
  ]);
});
