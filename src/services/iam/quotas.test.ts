import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { AccountId } from "../../kernel/brand.ts";
import type { IamTables } from "./store.ts";
import { type IamUnderTest, onBothDatabases, outcomeOf } from "./testing.ts";

/**
 * IAM User Guide, "IAM and STS quotas" (the defaults): the last that may be made is made, the one after it is refused
 * with `LimitExceeded`, and one deleted makes room for another. The names within the texts are ours where no answer of
 * AWS is known: Users, Groups, Roles, Policies and InstanceProfilesPerAccount are AWS's.
 */

const fixture = (name: string) =>
  readFileSync(new URL(`../../../test/fixtures/credentials/${name}`, import.meta.url), "utf8");
const trust =
  '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}';
const allow = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}';
const certificate = fixture("ca.pem").split("-----")[2];
const SAMLMetadataDocument = `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://sso.example.com"><IDPSSODescriptor><KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>${certificate}</X509Certificate></X509Data></KeyInfo></KeyDescriptor></IDPSSODescriptor></EntityDescriptor>`;

interface AccountQuota {
  readonly table: keyof IamTables;
  readonly limit: number;
  readonly text: string;
  readonly make: readonly [operation: string, input: (name: string) => object];
  readonly remove: readonly [operation: string, input: (name: string, account: string) => object];
}

const perAccount: readonly AccountQuota[] = [
  {
    ...{ table: "iam_user", limit: 5000, text: "UsersPerAccount" },
    make: ["CreateUser", (UserName) => ({ UserName })],
    remove: ["DeleteUser", (UserName) => ({ UserName })],
  },
  {
    ...{ table: "iam_group", limit: 300, text: "GroupsPerAccount" },
    make: ["CreateGroup", (GroupName) => ({ GroupName })],
    remove: ["DeleteGroup", (GroupName) => ({ GroupName })],
  },
  {
    ...{ table: "iam_role", limit: 1000, text: "RolesPerAccount" },
    make: ["CreateRole", (RoleName) => ({ RoleName, AssumeRolePolicyDocument: trust })],
    remove: ["DeleteRole", (RoleName) => ({ RoleName })],
  },
  {
    ...{ table: "iam_policy", limit: 1500, text: "PoliciesPerAccount" },
    make: ["CreatePolicy", (PolicyName) => ({ PolicyName, PolicyDocument: allow })],
    remove: ["DeletePolicy", (name, account) => ({ PolicyArn: `arn:aws:iam::${account}:policy/${name}` })],
  },
  {
    ...{ table: "iam_instance_profile", limit: 1000, text: "InstanceProfilesPerAccount" },
    make: ["CreateInstanceProfile", (InstanceProfileName) => ({ InstanceProfileName })],
    remove: ["DeleteInstanceProfile", (InstanceProfileName) => ({ InstanceProfileName })],
  },
  {
    ...{ table: "iam_saml_provider", limit: 100, text: "SAMLProvidersPerAccount" },
    make: ["CreateSAMLProvider", (Name) => ({ Name, SAMLMetadataDocument })],
    remove: [
      "DeleteSAMLProvider",
      (name, account) => ({ SAMLProviderArn: `arn:aws:iam::${account}:saml-provider/${name}` }),
    ],
  },
  {
    ...{ table: "iam_oidc_provider", limit: 100, text: "OpenIdConnectProvidersPerAccount" },
    make: ["CreateOpenIDConnectProvider", (name) => ({ Url: `https://${name}.example.com` })],
    remove: [
      "DeleteOpenIDConnectProvider",
      (name, account) => ({
        OpenIDConnectProviderArn: `arn:aws:iam::${account}:oidc-provider/${name}.example.com`,
      }),
    ],
  },
  {
    ...{ table: "iam_server_certificate", limit: 20, text: "ServerCertificatesPerAccount" },
    make: [
      "UploadServerCertificate",
      (ServerCertificateName) => ({
        ServerCertificateName,
        CertificateBody: fixture("leaf.pem"),
        PrivateKey: fixture("leaf.key"),
      }),
    ],
    remove: ["DeleteServerCertificate", (ServerCertificateName) => ({ ServerCertificateName })],
  },
];

/** Fills an account up to `count` rows like the one that is there: `first` in a text becomes another name. */
async function fill(
  iam: IamUnderTest,
  account: AccountId,
  table: keyof IamTables,
  count: number,
): Promise<void> {
  await iam.store.transaction(async (tx) => {
    const tables = tx.tables<IamTables>();
    const row = await tables
      .selectFrom(table)
      .selectAll()
      .where("account", "=", account)
      .executeTakeFirstOrThrow();
    const copies = Array.from({ length: count - 1 }, (_, i) =>
      Object.fromEntries(
        Object.entries(row).map(([column, value]) => [
          column,
          column === "id"
            ? `${value}${i}`
            : typeof value === "string"
              ? value.replace("first", `copy-${i}`)
              : value,
        ]),
      ),
    );
    for (let from = 0; from < copies.length; from += 50) {
      // The copies have the columns of the row they were made from.
      await tables
        .insertInto(table)
        .values(copies.slice(from, from + 50) as never)
        .execute();
    }
  });
}

onBothDatabases("an account's quotas", (iam) => {
  test.each(perAccount)("$text: $limit", async ({ table, limit, text, make, remove }) => {
    const account = iam().account();
    const create = (name: string) => outcomeOf(iam().call(account, make[0], make[1](name)));
    expect(await create("first")).toBeTypeOf("object");
    await fill(iam(), account, table, limit - 1);
    expect(await create("last")).toBeTypeOf("object");
    const refused = `LimitExceeded: Cannot exceed quota for ${text}: ${limit}`;
    expect(await create("beyond")).toBe(refused);
    // What was refused left nothing behind, and another account has a quota of its own.
    expect(await create("beyond")).toBe(refused);
    expect(await outcomeOf(iam().call(iam().account(), make[0], make[1]("other")))).toBeTypeOf("object");
    await iam().call(account, remove[0], remove[1]("last", account));
    expect(await create("beyond")).toBeTypeOf("object");
  });
});

onBothDatabases("what one entity may have", (iam) => {
  const sshKey = () => {
    const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    return String(publicKey.export({ type: "spki", format: "pem" }));
  };
  /** What is given to user `u`, group `g`, role `r` or policy `p`: how often, and the text at once more. */
  const rows: readonly (readonly [string, number, string, string, (i: number, account: string) => object])[] =
    [
      [
        "access keys",
        2,
        "Cannot exceed quota for AccessKeysPerUser: 2",
        "CreateAccessKey",
        () => ({ UserName: "u" }),
      ],
      [
        "SSH keys",
        5,
        "Cannot exceed quota for SSHPublicKeysPerUser: 5",
        "UploadSSHPublicKey",
        () => ({ UserName: "u", SSHPublicKeyBody: sshKey() }),
      ],
      [
        "policies of a user",
        10,
        "Cannot exceed quota for PoliciesPerUser: 10",
        "AttachUserPolicy",
        (i, account) => ({ UserName: "u", PolicyArn: `arn:aws:iam::${account}:policy/p${i}` }),
      ],
      [
        "policies of a group",
        10,
        "Cannot exceed quota for PoliciesPerGroup: 10",
        "AttachGroupPolicy",
        (i, account) => ({ GroupName: "g", PolicyArn: `arn:aws:iam::${account}:policy/p${i}` }),
      ],
      [
        "policies of a role",
        10,
        "Cannot exceed quota for PoliciesPerRole: 10",
        "AttachRolePolicy",
        (i, account) => ({ RoleName: "r", PolicyArn: `arn:aws:iam::${account}:policy/p${i}` }),
      ],
      [
        "groups of a user",
        10,
        "Cannot exceed quota for GroupsPerUser: 10",
        "AddUserToGroup",
        (i) => ({ UserName: "u", GroupName: `g${i}` }),
      ],
      [
        "versions of a policy",
        4,
        "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.",
        "CreatePolicyVersion",
        (_, account) => ({ PolicyArn: `arn:aws:iam::${account}:policy/p0`, PolicyDocument: allow }),
      ],
    ];
  test.each(rows)("%s: %i", async (_what, limit, text, operation, input) => {
    const account = iam().account();
    await iam().call(account, "CreateUser", { UserName: "u" });
    await iam().call(account, "CreateGroup", { GroupName: "g" });
    await iam().call(account, "CreateRole", { RoleName: "r", AssumeRolePolicyDocument: trust });
    for (let i = 0; i <= 10; i++) {
      await iam().call(account, "CreatePolicy", { PolicyName: `p${i}`, PolicyDocument: allow });
      await iam().call(account, "CreateGroup", { GroupName: `g${i}` });
    }
    for (let i = 0; i < limit; i++) {
      expect(await outcomeOf(iam().call(account, operation, input(i, account)))).toBeTypeOf("object");
    }
    expect(await outcomeOf(iam().call(account, operation, input(limit, account)))).toBe(
      `LimitExceeded: ${text}`,
    );
  });

  test.each([
    ["user", "UserName", 2048, "PutUserPolicy"],
    ["group", "GroupName", 5120, "PutGroupPolicy"],
    ["role", "RoleName", 10_240, "PutRolePolicy"],
  ])(
    "inline policies of a %s: %s has %i characters of them in all",
    async (kind, member, limit, operation) => {
      const account = iam().account();
      const named = { [member]: "e" };
      const make = { user: "CreateUser", group: "CreateGroup", role: "CreateRole" }[kind] ?? "";
      await iam().call(account, make, { ...named, AssumeRolePolicyDocument: trust });
      /** A policy of exactly so many characters, white space not counted. */
      const sized = (length: number, space = "") => {
        const rest = `{"Version":"2012-10-17",${space}"Statement":{"Sid":"","Effect":"Deny","Action":"s3:*","Resource":"*"}}`;
        return rest.replace('"Sid":""', `"Sid":"${"a".repeat(length - rest.length + space.length)}"`);
      };
      const put = (PolicyName: string, PolicyDocument: string) =>
        outcomeOf(iam().call(account, operation, { ...named, PolicyName, PolicyDocument }));
      const refused = `LimitExceeded: Maximum policy size of ${limit} bytes exceeded for ${kind} e`;
      expect(await put("half", sized(limit / 2))).toBeTypeOf("object");
      expect(await put("rest", sized(limit / 2 + 1))).toBe(refused);
      expect(await put("rest", sized(limit / 2, " ".repeat(500)))).toBeTypeOf("object");
      expect(await put("half", sized(limit / 2 + 1))).toBe(refused);
      expect(await put("half", sized(limit / 2 - 1))).toBeTypeOf("object");
    },
  );

  test("fifty tags, of which one may change", async () => {
    const account = iam().account();
    const tag = (from: number, count: number) =>
      Array.from({ length: count }, (_, i) => ({ Key: `k${from + i}`, Value: "v" }));
    await iam().call(account, "CreateUser", { UserName: "u", Tags: tag(0, 49) });
    await iam().call(account, "TagUser", { UserName: "u", Tags: tag(49, 1) });
    expect(await outcomeOf(iam().call(account, "TagUser", { UserName: "u", Tags: tag(50, 1) }))).toMatch(
      /^LimitExceeded: /,
    );
    expect(await outcomeOf(iam().call(account, "TagUser", { UserName: "u", Tags: tag(0, 2) }))).toBeTypeOf(
      "object",
    );
  });
});

onBothDatabases("ids", (iam) => {
  test.each<readonly [string, string, object, string, RegExp]>([
    ["a user", "CreateUser", { UserName: "n" }, "User.UserId", /^AIDA[A-Z0-9]{17}$/],
    ["a group", "CreateGroup", { GroupName: "n" }, "Group.GroupId", /^AGPA[A-Z0-9]{17}$/],
    [
      "a role",
      "CreateRole",
      { RoleName: "n", AssumeRolePolicyDocument: trust },
      "Role.RoleId",
      /^AROA[A-Z0-9]{17}$/,
    ],
    [
      "a policy",
      "CreatePolicy",
      { PolicyName: "n", PolicyDocument: allow },
      "Policy.PolicyId",
      /^ANPA[A-Z0-9]{17}$/,
    ],
    [
      "an instance profile",
      "CreateInstanceProfile",
      { InstanceProfileName: "n" },
      "InstanceProfile.InstanceProfileId",
      /^AIPA[A-Z0-9]{17}$/,
    ],
    ["a key", "CreateAccessKey", { UserName: "owner" }, "AccessKey.AccessKeyId", /^AKIA[A-Z0-9]{16}$/],
    [
      "a server certificate",
      "UploadServerCertificate",
      { ServerCertificateName: "n", CertificateBody: fixture("leaf.pem"), PrivateKey: fixture("leaf.key") },
      "ServerCertificateMetadata.ServerCertificateId",
      /^ASCA[A-Z0-9]{17}$/,
    ],
    [
      "an SSH key",
      "UploadSSHPublicKey",
      { UserName: "owner", SSHPublicKeyBody: fixture("ssh.pub") },
      "SSHPublicKey.SSHPublicKeyId",
      /^APKA[A-Z0-9]{16,17}$/,
    ],
    [
      "a service's credential",
      "CreateServiceSpecificCredential",
      { UserName: "owner", ServiceName: "codecommit.amazonaws.com" },
      "ServiceSpecificCredential.ServiceSpecificCredentialId",
      /^ACCA[A-Z0-9]{16,17}$/,
    ],
  ])("%s", async (_what, operation, input, path, form) => {
    const account = iam().account();
    await iam().call(account, "CreateUser", { UserName: "owner" });
    const answer = await iam().call(account, operation, input);
    const id = path
      .split(".")
      .reduce<unknown>((value, step) => (value as Record<string, unknown>)[step], answer);
    expect(id).toMatch(form);
  });
});
