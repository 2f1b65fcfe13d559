import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import * as iam from "@aws-sdk/client-iam";
import * as organizations from "@aws-sdk/client-organizations";
import { AssumeRootCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "./support/roadstead.ts";

/** Centralized root access: the management account becomes the root of its members, for one task at a time. */

const management = "111111111111";
const member = "222222222222";
const outsider = "333333333333";
const task = (name: string) => `arn:aws:iam::aws:policy/root-task/${name}`;

let roadstead: TestRoadstead;
let boss: organizations.OrganizationsClient;
let root: iam.IAMClient;
let admin: STSClient;
let memberRoot: iam.IAMClient;
const open: { destroy(): void }[] = [];

function kept<Client extends { destroy(): void }>(client: Client): Client {
  open.push(client);
  return client;
}

const assume = (name: string, TargetPrincipal = member) =>
  admin.send(new AssumeRootCommand({ TargetPrincipal, TaskPolicyArn: { arn: task(name) } }));

async function rootFor(name: string): Promise<iam.IAMClient> {
  const { Credentials: given } = await assume(name);
  return kept(
    new iam.IAMClient({
      ...roadstead.client(member),
      credentials: {
        accessKeyId: given?.AccessKeyId ?? "",
        secretAccessKey: given?.SecretAccessKey ?? "",
        sessionToken: given?.SessionToken ?? "",
      },
    }),
  );
}

const code = (call: Promise<unknown>) =>
  call.then(
    () => "done",
    (error: Error) => error.name,
  );

beforeAll(async () => {
  roadstead = await testRoadstead();
  boss = kept(new organizations.OrganizationsClient({ ...roadstead.client(management), maxAttempts: 1 }));
  root = kept(new iam.IAMClient({ ...roadstead.client(management), maxAttempts: 1 }));
  memberRoot = kept(new iam.IAMClient({ ...roadstead.client(member), maxAttempts: 1 }));
  await root.send(new iam.CreateUserCommand({ UserName: "admin" }));
  await root.send(
    new iam.AttachUserPolicyCommand({
      UserName: "admin",
      PolicyArn: "arn:aws:iam::aws:policy/AdministratorAccess",
    }),
  );
  const { AccessKey: key } = await root.send(new iam.CreateAccessKeyCommand({ UserName: "admin" }));
  const credentials = {
    accessKeyId: key?.AccessKeyId ?? "",
    secretAccessKey: key?.SecretAccessKey ?? "",
  };
  admin = kept(new STSClient({ ...roadstead.client(management), credentials, maxAttempts: 1 }));
}, 60_000);

afterAll(async () => {
  for (const client of open) client.destroy();
  await roadstead?.stop();
});

test("needs an organization, its management account and trusted access, in that order", async () => {
  const enable = () => root.send(new iam.EnableOrganizationsRootCredentialsManagementCommand({}));
  expect(await code(enable())).toBe("OrganizationNotFoundException");
  await boss.send(new organizations.CreateOrganizationCommand({}));
  const { Handshake: invitation } = await boss.send(
    new organizations.InviteAccountToOrganizationCommand({ Target: { Id: member, Type: "ACCOUNT" } }),
  );
  const invited = kept(new organizations.OrganizationsClient(roadstead.client(member)));
  await invited.send(new organizations.AcceptHandshakeCommand({ HandshakeId: invitation?.Id }));
  expect(await code(enable())).toBe("ServiceAccessNotEnabledException");
  expect(await code(memberRoot.send(new iam.EnableOrganizationsRootSessionsCommand({})))).toBe(
    "CallerIsNotManagementAccountException",
  );
  expect(await code(memberRoot.send(new iam.ListOrganizationsFeaturesCommand({})))).toBe(
    "AccountNotManagementOrDelegatedAdministratorException",
  );
  await boss.send(new organizations.EnableAWSServiceAccessCommand({ ServicePrincipal: "iam.amazonaws.com" }));
  expect(await code(assume("IAMAuditRootUserCredentials"))).toBe("AccessDenied");
  expect(await enable()).toMatchObject({ EnabledFeatures: ["RootCredentialsManagement"] });
  expect(await root.send(new iam.ListOrganizationsFeaturesCommand({}))).toMatchObject({
    OrganizationId: expect.stringMatching(/^o-/),
    EnabledFeatures: ["RootCredentialsManagement"],
  });
});

describe("a task's session", () => {
  test("does what its task allows to the credentials of the member's root, and nothing else", async () => {
    await memberRoot.send(new iam.CreateAccessKeyCommand({}));
    const auditor = await rootFor("IAMAuditRootUserCredentials");
    const { AccessKeyMetadata: keys } = await auditor.send(new iam.ListAccessKeysCommand({}));
    expect(keys).toHaveLength(1);
    const AccessKeyId = keys?.[0]?.AccessKeyId;
    expect(await code(auditor.send(new iam.DeleteAccessKeyCommand({ AccessKeyId })))).toBe("AccessDenied");
    expect(await code(auditor.send(new iam.ListUsersCommand({})))).toBe("AccessDenied");
    const cleaner = await rootFor("IAMDeleteRootUserCredentials");
    await cleaner.send(new iam.DeleteAccessKeyCommand({ AccessKeyId }));
    expect((await auditor.send(new iam.ListAccessKeysCommand({}))).AccessKeyMetadata).toEqual([]);
  });

  test("lets the root recover a password, and takes it away again", async () => {
    const auditor = await rootFor("IAMAuditRootUserCredentials");
    const profile = () => auditor.send(new iam.GetLoginProfileCommand({}));
    expect(await code(profile())).toBe("NoSuchEntityException");
    const helper = await rootFor("IAMCreateRootUserPassword");
    await helper.send(new iam.CreateLoginProfileCommand({}));
    expect(await code(helper.send(new iam.CreateLoginProfileCommand({})))).toBe(
      "EntityAlreadyExistsException",
    );
    expect(await profile()).toMatchObject({ LoginProfile: { CreateDate: expect.any(Date) } });
    const cleaner = await rootFor("IAMDeleteRootUserCredentials");
    await cleaner.send(new iam.DeleteLoginProfileCommand({}));
    expect(await code(profile())).toBe("NoSuchEntityException");
  });

  test("shows in the member's trail", async () => {
    const trail = kept(new CloudTrailClient(roadstead.client(member)));
    const { Events: events } = await trail.send(
      new LookupEventsCommand({
        LookupAttributes: [{ AttributeKey: "EventName", AttributeValue: "DeleteLoginProfile" }],
      }),
    );
    const record = JSON.parse(events?.[0]?.CloudTrailEvent ?? "{}");
    expect(record.userIdentity).toMatchObject({
      type: "Root",
      accountId: member,
      sessionContext: { assumedRoot: "true" },
    });
  });

  test.each<readonly [string, () => Promise<unknown>, string]>([
    ["of a feature that is off", () => assume("S3UnlockBucketPolicy"), "AccessDenied"],
    ["by another policy", () => assume("../AdministratorAccess"), "ValidationError"],
    ["in the management account", () => assume("IAMAuditRootUserCredentials", management), "AccessDenied"],
    ["outside the organization", () => assume("IAMAuditRootUserCredentials", outsider), "AccessDenied"],
    [
      "in what is no account",
      () => assume("IAMAuditRootUserCredentials", "arn:aws:iam::1:root"),
      "ValidationError",
    ],
  ])("is refused %s", async (_what, call, expected) => {
    expect(await code(call())).toBe(expected);
  });

  test("is refused to root, and to a member that does not administer", async () => {
    const asRoot = kept(new STSClient({ ...roadstead.client(management), maxAttempts: 1 }));
    const input = { TargetPrincipal: member, TaskPolicyArn: { arn: task("IAMAuditRootUserCredentials") } };
    expect(await code(asRoot.send(new AssumeRootCommand(input)))).toBe("AccessDenied");
  });

  test("is over when the feature is", async () => {
    const { EnabledFeatures: left } = await root.send(
      new iam.DisableOrganizationsRootCredentialsManagementCommand({}),
    );
    expect(left ?? []).toEqual([]);
    expect(await code(assume("IAMAuditRootUserCredentials"))).toBe("AccessDenied");
  });
});

describe("a report on the organization", () => {
  const report = async (EntityPath: string, OrganizationsPolicyId?: string, SortKey?: iam.SortKeyType) => {
    const { JobId } = await root.send(
      new iam.GenerateOrganizationsAccessReportCommand({ EntityPath, OrganizationsPolicyId }),
    );
    return root.send(new iam.GetOrganizationsAccessReportCommand({ JobId, SortKey, MaxItems: 1000 }));
  };
  let path = "";
  beforeAll(async () => {
    const { Organization: own } = await boss.send(new organizations.DescribeOrganizationCommand({}));
    const { Roots: roots } = await boss.send(new organizations.ListRootsCommand({}));
    path = `${own?.Id}/${roots?.[0]?.Id}`;
    await memberRoot.send(new iam.ListUsersCommand({}));
  });

  test("tells what its accounts last used, and where", async () => {
    const all = await report(path, undefined, "LAST_AUTHENTICATED_TIME_DESCENDING");
    expect(all.JobStatus).toBe("COMPLETED");
    const used = all.AccessDetails?.find((detail) => detail.ServiceNamespace === "iam");
    expect(used).toMatchObject({
      EntityPath: `${path}/${member}`,
      Region: "us-east-1",
      TotalAuthenticatedEntities: 1,
      LastAuthenticatedTime: expect.any(Date),
    });
    expect(all.AccessDetails?.[0]?.LastAuthenticatedTime).toBeDefined();
    expect(all.NumberOfServicesAccessible).toBeGreaterThan(40);
    expect(Number(all.NumberOfServicesNotAccessed)).toBeLessThan(Number(all.NumberOfServicesAccessible));
  });

  test("of one account and one policy tells the policy's services", async () => {
    await boss.send(
      new organizations.EnablePolicyTypeCommand({
        RootId: path.split("/")[1],
        PolicyType: "SERVICE_CONTROL_POLICY",
      }),
    );
    const { Policy: made } = await boss.send(
      new organizations.CreatePolicyCommand({
        Name: "narrow",
        Description: "",
        Type: "SERVICE_CONTROL_POLICY",
        Content: JSON.stringify({
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Action: ["ecr:*", "iam:ListUsers"], Resource: "*" }],
        }),
      }),
    );
    const narrow = await report(`${path}/${member}`, made?.PolicySummary?.Id, "SERVICE_NAMESPACE_DESCENDING");
    expect(narrow.AccessDetails?.map((detail) => detail.ServiceNamespace)).toEqual(["iam", "ecr"]);
  });

  test.each(["o-aaaaaaaaaa/r-aaaa", "o-aaaaaaaaaa/r-aaaa/222222222222"])("on %s fails", async (other) => {
    expect(await report(other)).toMatchObject({
      JobStatus: "FAILED",
      ErrorDetails: { Code: "EntityNotFound" },
    });
  });
});
