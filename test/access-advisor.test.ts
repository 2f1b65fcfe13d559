import { CreateRepositoryCommand, DescribeRepositoriesCommand, ECRClient } from "@aws-sdk/client-ecr";
import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  GenerateServiceLastAccessedDetailsCommand,
  GetAccessKeyLastUsedCommand,
  GetRoleCommand,
  GetServiceLastAccessedDetailsCommand,
  GetServiceLastAccessedDetailsWithEntitiesCommand,
  GetUserCommand,
  type IAMClient,
  ListAccessKeysCommand,
  PutRolePolicyCommand,
  type ServiceLastAccessed,
} from "@aws-sdk/client-iam";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { movableClock } from "../src/kernel/clock.ts";
import { day, hour } from "../src/kernel/duration.ts";
import {
  type Party,
  partyOf,
  policy,
  push,
  replicateTo,
  rootParty,
  settled,
  userParty,
} from "./clients/parties.ts";
import { type TestRoadstead, testRoadstead } from "./support/roadstead.ts";

/**
 * Last-accessed data from real calls over the wire, in several regions, while the clock moves (IAM User Guide, "Refine
 * permissions in AWS using last accessed information").
 */

const account = "830000000001";
const clock = movableClock();
let roadstead: TestRoadstead;
let root: Party;
let ann: Party;
let bob: Party;
let roleArn: string | undefined;
let groupPolicy: string | undefined;
beforeAll(async () => {
  roadstead = await testRoadstead({}, { clock });
  root = rootParty(roadstead.url, account);
  const { iam } = root;
  await iam.send(new CreateGroupCommand({ GroupName: "crew" }));
  const PolicyDocument = policy({ Effect: "Allow", Action: ["ecr:*", "sts:*", "s3:Get*"], Resource: "*" });
  const made = await iam.send(new CreatePolicyCommand({ PolicyName: "crew", PolicyDocument }));
  groupPolicy = made.Policy?.Arn;
  await iam.send(new AttachGroupPolicyCommand({ GroupName: "crew", PolicyArn: groupPolicy }));
  ann = await userParty(root, "ann");
  bob = await userParty(root, "bob", { Effect: "Allow", Action: "iam:GetUser", Resource: "*" });
  for (const UserName of ["ann", "bob"])
    await iam.send(new AddUserToGroupCommand({ GroupName: "crew", UserName }));
  const AssumeRolePolicyDocument = policy({
    Effect: "Allow",
    Principal: { AWS: account },
    Action: "sts:AssumeRole",
  });
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: "deck", AssumeRolePolicyDocument }));
  roleArn = Role?.Arn;
  await iam.send(new PutRolePolicyCommand({ RoleName: "deck", PolicyName: "own", PolicyDocument }));
});
afterAll(() => roadstead.stop());

type Granularity = "SERVICE_LEVEL" | "ACTION_LEVEL";
async function job(Arn: string | undefined, Granularity?: Granularity, iam: IAMClient = root.iam) {
  return (await iam.send(new GenerateServiceLastAccessedDetailsCommand({ Arn, Granularity }))).JobId;
}
const details = async (Arn: string | undefined, granularity?: Granularity) =>
  root.iam.send(new GetServiceLastAccessedDetailsCommand({ JobId: await job(Arn, granularity) }));
const user = (name: string) => `arn:aws:iam::${account}:user/${name}`;
const group = `arn:aws:iam::${account}:group/crew`;
/** The client of a caller in another region. */
async function inRegion(party: Party, region: string): Promise<ECRClient> {
  return new ECRClient({
    endpoint: roadstead.url,
    region,
    credentials: await party.ecr.config.credentials(),
    maxAttempts: 1,
  });
}
/** Now, as IAM tells times. */
const now = () => new Date(Math.floor(clock.now() / 1000) * 1000);
/** IAM knows whole seconds: a call may fall into the second before it is looked at. */
const about = (time: Date) => ({
  asymmetricMatch: (other: unknown) =>
    other instanceof Date && other <= now() && other >= new Date(time.getTime() - 1000),
});

const lastOf = ({ ServiceNamespace, LastAuthenticated, LastAuthenticatedEntity }: ServiceLastAccessed) => [
  ServiceNamespace,
  LastAuthenticated,
  LastAuthenticatedEntity,
];

describe("what is told", () => {
  test("before anybody did anything: every service the policies allow, and nothing of its use", async () => {
    const { ServicesLastAccessed, ...rest } = await details(user("ann"));
    expect(rest).toMatchObject({ JobStatus: "COMPLETED", JobType: "SERVICE_LEVEL", IsTruncated: false });
    expect(ServicesLastAccessed?.map(({ ServiceNamespace }) => ServiceNamespace)).toEqual([
      "ecr",
      "s3",
      "sts",
    ]);
    for (const service of ServicesLastAccessed ?? []) {
      expect(service).toMatchObject({ TotalAuthenticatedEntities: 0 });
      expect(service).not.toHaveProperty("LastAuthenticated");
    }
  });

  test("the last use counts, with its region; a refused attempt counts, and so does each action", async () => {
    const first = now();
    await (await inRegion(ann, "eu-west-1")).send(new DescribeRepositoriesCommand({}));
    clock.advance(2 * hour);
    const second = now();
    const west = await inRegion(ann, "us-west-2");
    await west.send(new CreateRepositoryCommand({ repositoryName: "app" }));
    clock.advance(hour);
    await expect(ann.iam.send(new GetUserCommand({ UserName: "bob" }))).rejects.toMatchObject({
      name: "AccessDenied",
    });
    const { ServicesLastAccessed } = await details(user("ann"), "ACTION_LEVEL");
    expect(ServicesLastAccessed?.[0]).toEqual({
      ServiceName: "Amazon Elastic Container Registry",
      ServiceNamespace: "ecr",
      LastAuthenticated: about(second),
      LastAuthenticatedEntity: user("ann"),
      LastAuthenticatedRegion: "us-west-2",
      TotalAuthenticatedEntities: 1,
      TrackedActionsLastAccessed: [
        {
          ActionName: "CreateRepository",
          LastAccessedEntity: user("ann"),
          LastAccessedTime: about(second),
          LastAccessedRegion: "us-west-2",
        },
        {
          ActionName: "DescribeRepositories",
          LastAccessedEntity: user("ann"),
          LastAccessedTime: about(first),
          LastAccessedRegion: "eu-west-1",
        },
      ],
    });
    const bobs = await (async () => {
      await expect(bob.iam.send(new GetUserCommand({ UserName: "nobody" }))).rejects.toMatchObject({
        name: "NoSuchEntityException",
      });
      return details(user("bob"));
    })();
    expect(
      bobs.ServicesLastAccessed?.find(({ ServiceNamespace }) => ServiceNamespace === "iam"),
    ).toMatchObject({
      LastAuthenticated: about(now()),
      LastAuthenticatedEntity: user("bob"),
    });
  });

  test("a group and a policy tell of all who act by them", async () => {
    await (await inRegion(bob, "ap-south-1")).send(new DescribeRepositoriesCommand({}));
    for (const arn of [group, groupPolicy]) {
      const { ServicesLastAccessed } = await details(arn);
      expect(ServicesLastAccessed?.[0]).toMatchObject({
        ServiceNamespace: "ecr",
        LastAuthenticatedEntity: user("bob"),
        LastAuthenticatedRegion: "ap-south-1",
        TotalAuthenticatedEntities: 2,
      });
      const JobId = await job(arn);
      const ask = { JobId, ServiceNamespace: "ecr", MaxItems: 1 };
      const page = await root.iam.send(new GetServiceLastAccessedDetailsWithEntitiesCommand(ask));
      expect(page).toMatchObject({ IsTruncated: true, EntityDetailsList: [{ EntityInfo: { Name: "bob" } }] });
      const rest = await root.iam.send(
        new GetServiceLastAccessedDetailsWithEntitiesCommand({ ...ask, Marker: page.Marker }),
      );
      expect(rest).toMatchObject({
        IsTruncated: false,
        EntityDetailsList: [{ EntityInfo: { Name: "ann", Type: "USER", Arn: user("ann") } }],
      });
    }
  });

  test("a role's sessions are the role's use, in RoleLastUsed too", async () => {
    const deck = () => root.iam.send(new GetRoleCommand({ RoleName: "deck" }));
    expect((await deck()).Role?.RoleLastUsed).toEqual({});
    const { Credentials: given } = await ann.sts.send(
      new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: "watch" }),
    );
    const credentials = {
      accessKeyId: given?.AccessKeyId ?? "",
      secretAccessKey: given?.SecretAccessKey ?? "",
      sessionToken: given?.SessionToken ?? "",
    };
    const session = partyOf({ endpoint: roadstead.url, region: "eu-central-1", credentials }, account);
    await session.ecr.send(new DescribeRepositoriesCommand({}));
    expect((await deck()).Role?.RoleLastUsed).toEqual({ LastUsedDate: about(now()), Region: "eu-central-1" });
    expect((await details(roleArn)).ServicesLastAccessed?.[0]).toMatchObject({
      LastAuthenticatedEntity: roleArn,
      LastAuthenticatedRegion: "eu-central-1",
    });
  });

  test("a service's own calls are use of its service-linked role, where they were made", async () => {
    await replicateTo(root, [rootParty(roadstead.url, account, "eu-west-3")]);
    const { repository } = await root.ecr.send(new CreateRepositoryCommand({ repositoryName: "carried" }));
    expect(repository?.repositoryName).toBe("carried");
    await settled(root, "carried", await push(root, "carried", "v1"));
    const RoleName = "AWSServiceRoleForECRReplication";
    const { Role } = await root.iam.send(new GetRoleCommand({ RoleName }));
    expect(Role?.RoleLastUsed).toMatchObject({ Region: "eu-west-3" });
    const { ServicesLastAccessed } = await details(Role?.Arn, "ACTION_LEVEL");
    expect(ServicesLastAccessed).toMatchObject([
      {
        ServiceNamespace: "ecr",
        LastAuthenticatedEntity: Role?.Arn,
        LastAuthenticatedRegion: "eu-west-3",
        TrackedActionsLastAccessed: [{ ActionName: "CreateRepository" }, { ActionName: "ReplicateImage" }],
      },
    ]);
  });

  test("root's use is nobody else's, and root itself is not reported on", async () => {
    const before = await details(user("bob"));
    clock.advance(hour);
    await (await inRegion(root, "eu-north-1")).send(new DescribeRepositoriesCommand({}));
    expect(((await details(user("bob"))).ServicesLastAccessed ?? []).map(lastOf)).toEqual(
      (before.ServicesLastAccessed ?? []).map(lastOf),
    );
    const entities = await root.iam.send(
      new GetServiceLastAccessedDetailsWithEntitiesCommand({
        JobId: await job(groupPolicy),
        ServiceNamespace: "ecr",
      }),
    );
    expect(entities.EntityDetailsList?.map(({ EntityInfo }) => EntityInfo?.Name).sort()).toEqual([
      "ann",
      "bob",
    ]);
    await expect(job(`arn:aws:iam::${account}:root`)).rejects.toMatchObject({
      name: "NoSuchEntityException",
    });
  });

  test("an access key was last used where and for what it was", async () => {
    await (await inRegion(ann, "sa-east-1")).send(new DescribeRepositoriesCommand({}));
    const { AccessKeyMetadata: keys } = await root.iam.send(new ListAccessKeysCommand({ UserName: "ann" }));
    expect(
      await root.iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: keys?.[0]?.AccessKeyId })),
    ).toMatchObject({
      UserName: "ann",
      AccessKeyLastUsed: { LastUsedDate: about(now()), Region: "sa-east-1", ServiceName: "ecr" },
    });
  });
});

describe("a report", () => {
  test("is of the moment it was made: later use needs a new one", async () => {
    const JobId = await job(user("ann"));
    const read = async () =>
      (await root.iam.send(new GetServiceLastAccessedDetailsCommand({ JobId }))).ServicesLastAccessed;
    const before = await read();
    clock.advance(hour);
    await (await inRegion(ann, "eu-north-1")).send(new DescribeRepositoriesCommand({}));
    expect(await read()).toEqual(before);
    expect((await details(user("ann"))).ServicesLastAccessed?.[0]?.LastAuthenticatedRegion).toBe(
      "eu-north-1",
    );
  });

  test("of somebody without policies is empty", async () => {
    await root.iam.send(new CreateUserCommand({ UserName: "idle" }));
    expect((await details(user("idle"))).ServicesLastAccessed).toEqual([]);
  });

  test.each([
    ["that was never made", "01234567-89ab-cdef-0123-456789abcdef", "NoSuchEntityException"],
    ["by an id of another length", "short", "ValidationError"],
  ])("%s is refused", async (_which, JobId, name) => {
    await expect(root.iam.send(new GetServiceLastAccessedDetailsCommand({ JobId }))).rejects.toMatchObject({
      name,
    });
  });

  test("is not told to another session of a role than the one that asked", async () => {
    await root.iam.send(
      new PutRolePolicyCommand({
        RoleName: "deck",
        PolicyName: "reports",
        PolicyDocument: policy({ Effect: "Allow", Action: "iam:*", Resource: "*" }),
      }),
    );
    const session = async (RoleSessionName: string) => {
      const { Credentials: given } = await new STSClient({
        endpoint: roadstead.url,
        region: "us-east-1",
        credentials: await ann.sts.config.credentials(),
      }).send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName }));
      const credentials = {
        accessKeyId: given?.AccessKeyId ?? "",
        secretAccessKey: given?.SecretAccessKey ?? "",
        sessionToken: given?.SessionToken ?? "",
      };
      return partyOf({ endpoint: roadstead.url, region: "us-east-1", credentials }, account);
    };
    const one = await session("one");
    const JobId = await job(user("ann"), undefined, one.iam);
    const ask = new GetServiceLastAccessedDetailsCommand({ JobId });
    expect((await one.iam.send(ask)).JobStatus).toBe("COMPLETED");
    await expect((await session("two")).iam.send(ask)).rejects.toMatchObject({
      name: "NoSuchEntityException",
    });
  });

  test("forgets what is more than 400 days ago", async () => {
    clock.advance(399 * day);
    expect((await details(user("bob"))).ServicesLastAccessed?.[0]).toHaveProperty("LastAuthenticated");
    clock.advance(2 * day);
    for (const arn of [user("ann"), user("bob"), group, groupPolicy, roleArn])
      for (const service of (await details(arn)).ServicesLastAccessed ?? [])
        expect(service).not.toHaveProperty("LastAuthenticated");
    const { Role } = await root.iam.send(new GetRoleCommand({ RoleName: "deck" }));
    expect(Role?.RoleLastUsed).toEqual({});
  });
});
