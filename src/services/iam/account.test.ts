import { expect, test } from "vitest";
import { onBothDatabases, outcomeOf, play } from "./testing.ts";

onBothDatabases("an account", (iam) => {
  play(iam, [
    [
      "has one alias at a time",
      ["ListAccountAliases", {}, { AccountAliases: [], IsTruncated: false }],
      ["CreateAccountAlias", { AccountAlias: "first-ACCOUNT" }],
      ["CreateAccountAlias", { AccountAlias: "second-ACCOUNT" }],
      ["ListAccountAliases", {}, { AccountAliases: ["second-ACCOUNT"] }],
      [
        "DeleteAccountAlias",
        { AccountAlias: "first-ACCOUNT" },
        "NoSuchEntity: The account alias with name first-ACCOUNT cannot be found.",
      ],
      ["DeleteAccountAlias", { AccountAlias: "second-ACCOUNT" }],
      ["ListAccountAliases", {}, { AccountAliases: [] }],
      // The quotas: GetAccountSummary as recorded on AWS, February 2026.
      [
        "GetAccountSummary",
        {},
        {
          SummaryMap: {
            AccessKeysPerUserQuota: 2,
            AccountAccessKeysPresent: 0,
            AccountMFAEnabled: 0,
            AccountSigningCertificatesPresent: 0,
            AssumeRolePolicySizeQuota: 2048,
            AttachedPoliciesPerGroupQuota: 10,
            AttachedPoliciesPerRoleQuota: 10,
            AttachedPoliciesPerUserQuota: 10,
            GlobalEndpointTokenVersion: 1,
            GroupPolicySizeQuota: 5120,
            GroupsPerUserQuota: 10,
            GroupsQuota: 300,
            InstanceProfilesQuota: 1000,
            PoliciesQuota: 1500,
            PolicySizeQuota: 6144,
            PolicyVersionsInUseQuota: 10000,
            RolePolicySizeQuota: 10240,
            RolesQuota: 1000,
            ServerCertificatesQuota: 20,
            SigningCertificatesPerUserQuota: 2,
            UserPolicySizeQuota: 2048,
            UsersQuota: 5000,
            VersionsPerPolicyQuota: 5,
          },
        },
      ],
    ],
    [
      "counts what it has",
      ["CreateUser", { UserName: "u" }],
      ["CreateGroup", { GroupName: "g" }],
      ["CreateInstanceProfile", { InstanceProfileName: "p" }],
      ["CreateAccessKey", {}],
      [
        "GetAccountSummary",
        {},
        {
          SummaryMap: {
            Users: 1,
            Groups: 1,
            Roles: 0,
            Policies: 0,
            PolicyVersionsInUse: 0,
            InstanceProfiles: 1,
            AccountAccessKeysPresent: 1,
          },
        },
      ],
    ],
  ]);

  test("keeps its alias from the others", async () => {
    const [one, two] = [iam().account(), iam().account()];
    const AccountAlias = `shared-${one}`;
    await iam().call(one, "CreateAccountAlias", { AccountAlias });
    expect(await outcomeOf(iam().call(two, "CreateAccountAlias", { AccountAlias }))).toBe(
      `EntityAlreadyExists: The account alias ${AccountAlias} already exists.`,
    );
    expect(await outcomeOf(iam().call(two, "DeleteAccountAlias", { AccountAlias }))).toMatch(
      /^NoSuchEntity: /,
    );
    expect(await iam().call(one, "ListAccountAliases", {})).toMatchObject({ AccountAliases: [AccountAlias] });
  });
});
