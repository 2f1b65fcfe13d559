import { expect, test } from "vitest";
import type { IamTables } from "./store.ts";
import { onBothDatabases, outcomeOf, play, rootOf, userOf } from "./testing.ts";

const [one, two, three] = ["First-Passw0rd", "Second-Passw0rd", "Third-Passw0rd"];
const notFound = "NoSuchEntity: Login Profile for User u cannot be found.";

onBothDatabases("passwords", (iam) => {
  // Codes and texts: AWS's answers as localstack's AWS-validated tests recorded them in February 2026.
  play(iam, [
    [
      "a login profile comes and goes, and its password is never shown",
      ["CreateUser", { UserName: "u" }],
      ["GetLoginProfile", { UserName: "u" }, notFound],
      ["UpdateLoginProfile", { UserName: "u", PasswordResetRequired: true }, notFound],
      [
        "CreateLoginProfile",
        { UserName: "u", Password: one },
        {
          LoginProfile: {
            UserName: "u",
            CreateDate: "2026-09-11T10:20:28.000Z",
            PasswordResetRequired: false,
          },
        },
      ],
      [
        "CreateLoginProfile",
        { UserName: "u", Password: one },
        "EntityAlreadyExists: Login Profile for user u already exists.",
      ],
      ["UpdateLoginProfile", { UserName: "U", PasswordResetRequired: true }],
      ["UpdateUser", { UserName: "u", NewUserName: "v" }],
      [
        "GetLoginProfile",
        { UserName: "v" },
        { LoginProfile: { UserName: "v", PasswordResetRequired: true } },
      ],
      [
        "DeleteUser",
        { UserName: "v" },
        "DeleteConflict: Cannot delete entity, must delete login profile first.",
      ],
      ["DeleteLoginProfile", { UserName: "v" }],
      ["DeleteLoginProfile", { UserName: "v" }, "NoSuchEntity: Login Profile for User v cannot be found."],
      ["DeleteUser", { UserName: "v" }],
    ],
    [
      "of nobody, of root, and none at all",
      [
        "CreateLoginProfile",
        { UserName: "x", Password: one },
        "NoSuchEntity: The user with name x cannot be found.",
      ],
      ["DeleteLoginProfile", { UserName: "x" }, "NoSuchEntity: The user with name x cannot be found."],
      ["GetLoginProfile", {}, "NoSuchEntity: Login Profile for User  cannot be found."],
      [
        "CreateLoginProfile",
        { Password: one },
        "ValidationError: Must specify userName when calling with non-User credentials",
      ],
      [
        "ChangePassword",
        { OldPassword: one, NewPassword: two },
        "InvalidUserType: Only IAM Users can change their own password",
      ],
    ],
    [
      "the account's policy has defaults, is replaced as a whole, and goes",
      [
        "GetAccountPasswordPolicy",
        {},
        "NoSuchEntity: The Password Policy with domain name ACCOUNT cannot be found.",
      ],
      [
        "DeleteAccountPasswordPolicy",
        {},
        "NoSuchEntity: The account policy with name PasswordPolicy cannot be found.",
      ],
      ["UpdateAccountPasswordPolicy", { MaxPasswordAge: 60, HardExpiry: true, PasswordReusePrevention: 3 }],
      [
        "GetAccountPasswordPolicy",
        {},
        {
          PasswordPolicy: {
            ExpirePasswords: true,
            MaxPasswordAge: 60,
            HardExpiry: true,
            PasswordReusePrevention: 3,
          },
        },
      ],
      ["UpdateAccountPasswordPolicy", {}],
      [
        "GetAccountPasswordPolicy",
        {},
        {
          PasswordPolicy: {
            AllowUsersToChangePassword: false,
            ExpirePasswords: false,
            MinimumPasswordLength: 6,
            RequireLowercaseCharacters: false,
            RequireNumbers: false,
            RequireSymbols: false,
            RequireUppercaseCharacters: false,
          },
        },
      ],
      ["DeleteAccountPasswordPolicy", {}],
      [
        "GetAccountPasswordPolicy",
        {},
        "NoSuchEntity: The Password Policy with domain name ACCOUNT cannot be found.",
      ],
    ],
    [
      "the policy binds whoever sets a password, and bars the last ones",
      ["CreateUser", { UserName: "u" }],
      [
        "CreateLoginProfile",
        { UserName: "u", Password: "short" },
        "PasswordPolicyViolation: Password should have a minimum length of 8",
      ],
      ["GetLoginProfile", { UserName: "u" }, notFound],
      ["UpdateAccountPasswordPolicy", { MinimumPasswordLength: 14, PasswordReusePrevention: 2 }],
      ["CreateLoginProfile", { UserName: "u", Password: one }],
      [
        "UpdateLoginProfile",
        { UserName: "u", Password: "too-short" },
        "PasswordPolicyViolation: Password should have a minimum length of 14",
      ],
      [
        "UpdateLoginProfile",
        { UserName: "u", Password: one },
        "PasswordPolicyViolation: Password does not conform to the account password policy.",
      ],
      ["UpdateLoginProfile", { UserName: "u", Password: two }],
      [
        "UpdateLoginProfile",
        { UserName: "u", Password: one },
        "PasswordPolicyViolation: Password does not conform to the account password policy.",
      ],
      ["UpdateLoginProfile", { UserName: "u", Password: three }],
      ["UpdateLoginProfile", { UserName: "u", Password: one }],
    ],
  ]);

  test("a user changes its own password, if it knows the old one; only hashes are kept", async () => {
    const account = iam().account();
    const { User } = await iam().call(account, "CreateUser", { UserName: "u" });
    const userId = String((User as { UserId?: string }).UserId);
    const user = userOf(account, "u", userId);
    const change = (OldPassword: string, NewPassword: string, as = user) =>
      outcomeOf(iam().call(account, "ChangePassword", { OldPassword, NewPassword }, as));
    expect(await change(one, two)).toBe(notFound);
    await iam().call(account, "CreateLoginProfile", {
      UserName: "u",
      Password: one,
      PasswordResetRequired: true,
    });
    expect(await change(two, three)).toBe("AccessDenied: The old password was incorrect.");
    expect(await change(one, "short")).toMatch(/^PasswordPolicyViolation: /);
    expect(await change(one, two)).toEqual({});
    expect(await change(one, three)).toBe("AccessDenied: The old password was incorrect.");
    expect(await iam().call(account, "GetLoginProfile", { UserName: "u" })).toMatchObject({
      LoginProfile: { PasswordResetRequired: false },
    });
    expect(await change(two, three, userOf(account, "u", "AIDAOTHER"))).toBe(notFound);

    const stored = await iam()
      .store.rows.tables<IamTables>()
      .selectFrom("iam_login_profile")
      .selectAll()
      .where("account", "=", account)
      .executeTakeFirstOrThrow();
    expect(JSON.stringify(stored)).not.toMatch(/Passw0rd/);
    expect(stored.hash).toMatch(/^scrypt-15-8-1:/);
  });

  test("ChangePassword is a permission on the user itself", async () => {
    const account = iam().account();
    await iam().call(account, "CreateUser", { UserName: "u", Path: "/p/" });
    expect(await iam().authorise(account, "ChangePassword", {}, userOf(account, "u"))).toMatchObject([
      { action: "iam:ChangePassword", resource: `arn:aws:iam::${account}:user/p/u` },
    ]);
    await expect(iam().authorise(account, "ChangePassword", {}, rootOf(account))).rejects.toMatchObject({
      code: "InvalidUserType",
    });
  });
});
