import { DescribeRepositoriesCommand } from "@aws-sdk/client-ecr";
import {
  GetAccountPasswordPolicyCommand,
  GetOpenIDConnectProviderCommand,
  GetRoleCommand,
  ListAccountAliasesCommand,
  ListPolicyVersionsCommand,
  ListRolesCommand,
  ListSigningCertificatesCommand,
  ListSSHPublicKeysCommand,
  ListUsersCommand,
} from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";
import { terraformExample } from "../support/terraform.ts";
import { leave, type Party, partyOf, push, roleName, rootParty } from "./parties.ts";

const account = "111111111111";
const example = terraformExample("terraform", account);
afterAll(() => example.remove());

describe.skipIf(example.unavailable !== undefined)("Terraform's AWS provider", { timeout: 300_000 }, () => {
  let roadstead: TestRoadstead;
  let root: Party;
  beforeAll(async () => {
    roadstead = await testRoadstead({ registryNames: "path" });
    root = rootParty(roadstead.url, account);
  });
  afterAll(async () => {
    leave(root);
    await roadstead.stop();
  });

  const terraform = (action: string, ...args: readonly string[]) =>
    example.run(roadstead.url, action, ...args);

  /** Exit code 0: nothing to change; 2: something. */
  function planned(...args: readonly string[]) {
    return terraform("plan", "-detailed-exitcode", ...args);
  }

  test("applies the example, and then has nothing to change", async () => {
    const applied = await terraform("apply", "-auto-approve");
    expect(applied.code, applied.text).toBe(0);
    expect(applied.stdout).toMatch(/Apply complete! Resources: \d\d added, 0 changed, 0 destroyed\./);
    const plan = await planned();
    expect(plan.code, plan.text).toBe(0);
    expect(plan.stdout).toContain("No changes.");
  });

  test("what it made is there as it was written", async () => {
    const { repositories } = await root.ecr.send(
      new DescribeRepositoriesCommand({ repositoryNames: ["prod/app"] }),
    );
    expect(repositories).toMatchObject([
      { imageTagMutability: "IMMUTABLE", imageScanningConfiguration: { scanOnPush: true } },
    ]);
    const { repositories: encrypted } = await root.ecr.send(
      new DescribeRepositoriesCommand({ repositoryNames: ["manifests"] }),
    );
    expect(encrypted).toMatchObject([
      {
        encryptionConfiguration: {
          encryptionType: "KMS",
          kmsKey: expect.stringMatching(`^arn:aws:kms:us-east-1:${account}:key/`),
        },
      },
    ]);
    const { Role: linked } = await root.iam.send(
      new GetRoleCommand({ RoleName: "AWSServiceRoleForAutoScaling_harbour" }),
    );
    expect(linked).toMatchObject({
      Path: "/aws-service-role/autoscaling.amazonaws.com/",
      Description: "Scales the harbour's cranes.",
      Tags: expect.arrayContaining([
        { Key: "team", Value: "harbour" },
        { Key: "managed-by", Value: "terraform" },
      ]),
    });
    const { Role: task } = await root.iam.send(new GetRoleCommand({ RoleName: "task" }));
    expect(task).toMatchObject({
      MaxSessionDuration: 7200,
      PermissionsBoundary: { PermissionsBoundaryArn: `arn:aws:iam::${account}:policy/crew/ceiling` },
    });
    expect((await root.iam.send(new ListAccountAliasesCommand({}))).AccountAliases).toEqual([
      "harbour-example",
    ]);
  });

  test("the key it made works", async () => {
    const output = await terraform("output", "-json");
    const { sailor, repository_url } = JSON.parse(output.stdout) as {
      sailor: { value: { id: string; secret: string } };
      repository_url: { value: string };
    };
    expect(repository_url.value).toBe(`localhost:${roadstead.port}/${account}.us-east-1/prod/app`);
    const credentials = { accessKeyId: sailor.value.id, secretAccessKey: sailor.value.secret };
    const party = partyOf({ endpoint: roadstead.url, region: "us-east-1", credentials }, account);
    expect(await party.sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
      Arn: `arn:aws:iam::${account}:user/crew/sailor`,
    });
    // By the group's policy, within the boundary; and beyond both.
    await party.ecr.send(new DescribeRepositoriesCommand({}));
    await expect(party.iam.send(new ListUsersCommand({}))).rejects.toMatchObject({ name: "AccessDenied" });
    leave(party);
  });

  test("the registry tells what it is asked, of an image too", async () => {
    const digest = await push(root, "prod/app", "v1");
    const change = ["-var", "image_tag=v1"];
    const applied = await terraform("apply", "-auto-approve", ...change);
    expect(applied.code, applied.text).toBe(0);
    expect(JSON.parse((await terraform("output", "-json", "registry_asked")).stdout)).toEqual({
      user: "AWS",
      mutability: "IMMUTABLE",
      repositories: expect.arrayContaining(["cache", "manifests", "prod/app"]),
      upstream: "public.ecr.aws",
      applied_for: ["PULL_THROUGH_CACHE"],
      image_digest: digest,
    });
    expect((await planned(...change)).code).toBe(0);
  });

  test("a changed policy becomes a new version, and again there is nothing to change", async () => {
    const change = ["-var", 'ceiling_actions=["ecr:*"]'] as const;
    const applied = await terraform("apply", "-auto-approve", "-refresh=false", ...change);
    expect(applied.code, applied.text).toBe(0);
    expect(applied.stdout).toContain("0 added, 1 changed, 0 destroyed");
    const PolicyArn = `arn:aws:iam::${account}:policy/crew/ceiling`;
    const { Versions } = await root.iam.send(new ListPolicyVersionsCommand({ PolicyArn }));
    expect(Versions?.find((version) => version.IsDefaultVersion)?.VersionId).toBe("v2");
    expect((await planned(...change)).code).toBe(0);
  });

  test("what is told of people, providers, certificates and the organization is as it was written", async () => {
    const { PasswordPolicy } = await root.iam.send(new GetAccountPasswordPolicyCommand({}));
    expect(PasswordPolicy).toMatchObject({
      MinimumPasswordLength: 14,
      MaxPasswordAge: 90,
      PasswordReusePrevention: 5,
    });
    const UserName = "sailor";
    expect((await root.iam.send(new ListSSHPublicKeysCommand({ UserName }))).SSHPublicKeys).toHaveLength(1);
    expect((await root.iam.send(new ListSigningCertificatesCommand({ UserName }))).Certificates).toHaveLength(
      1,
    );
    const asked = JSON.parse((await terraform("output", "-json", "asked")).stdout) as object;
    expect(asked).toEqual({
      alias: "harbour-example",
      certificate_arn: `arn:aws:iam::${account}:server-certificate/tls/harbour`,
      crew: ["sailor"],
      fleet_accounts: expect.arrayContaining(["tender"]),
      issuer: `arn:aws:iam::${account}:role/tasks/task`,
      policy: "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPowerUser",
      role: expect.stringMatching(/^AROA/),
      roles: ["task"],
      tasks_can_pull: true,
    });
  });

  test("changed tags, passwords, audiences and a service control policy: nothing is made anew", async () => {
    const change = [
      ...["-var", "stage=live", "-var", "password_days=60"],
      ...["-var", 'audiences=["sts.amazonaws.com","builds"]'],
      ...["-var", 'forbidden_actions=["iam:CreateUser","iam:CreateAccessKey"]'],
    ];
    const applied = await terraform("apply", "-auto-approve", "-refresh=false", ...change);
    expect(applied.code, applied.text).toBe(0);
    expect(applied.stdout).toMatch(/ 0 added, [12]\d changed, 0 destroyed/);
    const { ClientIDList } = await root.iam.send(
      new GetOpenIDConnectProviderCommand({
        OpenIDConnectProviderArn: `arn:aws:iam::${account}:oidc-provider/builds.example.com`,
      }),
    );
    expect(ClientIDList?.toSorted()).toEqual(["builds", "sts.amazonaws.com"]);
    const plan = await planned(...change);
    expect(plan.code, plan.text).toBe(0);
  });

  test("destroys all of it; what services made for themselves stays", async () => {
    const destroyed = await terraform("destroy", "-auto-approve", "-refresh=false");
    expect(destroyed.code, destroyed.text).toBe(0);
    expect((await root.ecr.send(new DescribeRepositoriesCommand({}))).repositories).toEqual([]);
    expect((await root.iam.send(new ListUsersCommand({}))).Users).toEqual([]);
    const { Roles = [] } = await root.iam.send(new ListRolesCommand({}));
    expect(Roles.map((role) => role.RoleName).toSorted()).toEqual([
      "AWSServiceRoleForECRPullThroughCache",
      roleName,
      "AWSServiceRoleForECRTemplate",
      "AWSServiceRoleForOrganizations",
    ]);
  });
});
