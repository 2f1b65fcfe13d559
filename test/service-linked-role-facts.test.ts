import { CreateRepositoryCommand } from "@aws-sdk/client-ecr";
import {
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateGroupCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateServiceLinkedRoleCommand,
  CreateUserCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteServiceLinkedRoleCommand,
  GetAccountAuthorizationDetailsCommand,
  GetPolicyCommand,
  GetRoleCommand,
  GetServiceLinkedRoleDeletionStatusCommand,
  ListPoliciesCommand,
  ListPolicyTagsCommand,
  ListRolesCommand,
  PutRolePermissionsBoundaryCommand,
  PutUserPermissionsBoundaryCommand,
  SetDefaultPolicyVersionCommand,
  TagPolicyCommand,
  UntagPolicyCommand,
} from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  deletion,
  type Party,
  policy,
  push,
  recorded,
  replicateTo,
  rootParty,
  settled,
  userParty,
} from "./clients/parties.ts";
import { type TestRoadstead, testRoadstead } from "./support/roadstead.ts";

/**
 * What AWS's documentation and recorded answers say of service-linked roles, sentence by sentence, over the wire. What
 * holds for each single role is in src/services/iam/service-linked-roles-each.test.ts.
 */

const ecs = "ecs.amazonaws.com";
const ecsPolicy = "arn:aws:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy";
const rootTask = "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials";
const execution = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";
const readOnly = "arn:aws:iam::aws:policy/ReadOnlyAccess";
const replicationRole = "AWSServiceRoleForECRReplication";
const replication = "replication.ecr.amazonaws.com";
const document = policy({ Effect: "Allow", Action: "s3:*", Resource: "*" });
const trust = policy({
  Effect: "Allow",
  Principal: { Service: "ec2.amazonaws.com" },
  Action: "sts:AssumeRole",
});

let roadstead: TestRoadstead;
let accounts = 0;
/** The root of an account that nobody has used. */
function fresh(region = "us-east-1"): Party {
  accounts += 1;
  return rootParty(roadstead.url, String(700_000_000_000 + accounts), region);
}
const elsewhere = (party: Party, region: string) => rootParty(roadstead.url, party.account, region);

beforeAll(async () => {
  roadstead = await testRoadstead();
});
afterAll(() => roadstead.stop());

const make = (
  party: Party,
  AWSServiceName = ecs,
  more: { Description?: string; CustomSuffix?: string } = {},
) => party.iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName, ...more }));
const refusal = (name: string, message: string) => expect.objectContaining({ name, message });

describe("identity", () => {
  test("names are unique in an account whatever their case, and customers stay out of them", async () => {
    const root = fresh();
    await make(root);
    const { Role } = await root.iam.send(new GetRoleCommand({ RoleName: "awsserviceroleforecs" }));
    expect(Role?.RoleName).toBe("AWSServiceRoleForECS");
    for (const RoleName of ["awsSERVICEroleFORecs", "AWSServiceRoleForNothing"])
      await expect(
        root.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust })),
      ).rejects.toMatchObject({ name: "InvalidInputException" });
    await make(fresh());
  });

  test("the last use is empty, then a time and a region; ListRoles never shows it", async () => {
    const root = fresh("eu-west-1");
    const west = elsewhere(root, "us-west-2");
    await replicateTo(root, [west]);
    const used = async () => {
      const { Role } = await root.iam.send(new GetRoleCommand({ RoleName: replicationRole }));
      return Role?.RoleLastUsed;
    };
    expect(await used()).toEqual({});
    const digest = await pushed(root, "app");
    await settled(root, "app", digest);
    expect(await used()).toEqual({ LastUsedDate: expect.any(Date), Region: "us-west-2" });
    const { Roles = [] } = await root.iam.send(new ListRolesCommand({}));
    expect(Roles.map((role) => "RoleLastUsed" in role)).toEqual([false]);
    const details = await root.iam.send(new GetAccountAuthorizationDetailsCommand({ Filter: ["Role"] }));
    expect(details.RoleDetailList?.[0]).toMatchObject({
      RoleName: replicationRole,
      RolePolicyList: [],
      AttachedManagedPolicies: [{ PolicyName: "ECRReplicationServiceRolePolicy" }],
      RoleLastUsed: { Region: "us-west-2" },
    });
  });

  test("its policies say that they can be attached, and count as attached by it", async () => {
    const root = fresh();
    const shown = async () => (await root.iam.send(new GetPolicyCommand({ PolicyArn: ecsPolicy }))).Policy;
    expect(await shown()).toMatchObject({
      IsAttachable: true,
      AttachmentCount: 0,
      Path: "/aws-service-role/",
    });
    await make(root);
    expect(await shown()).toMatchObject({ AttachmentCount: 1, PermissionsBoundaryUsageCount: 0 });
    const { Policies } = await root.iam.send(
      new ListPoliciesCommand({ OnlyAttached: true, PathPrefix: "/aws-service-role/" }),
    );
    expect(Policies?.map(({ Arn }) => Arn)).toEqual([ecsPolicy]);
  });

  test("a description that the model refuses is named by its field", async () => {
    await expect(make(fresh(), ecs, { Description: "x".repeat(1001) })).rejects.toMatchObject({
      name: "ValidationError",
      message: expect.stringContaining("'description' failed to satisfy constraint"),
    });
    await expect(make(fresh(), "autoscaling.amazonaws.com", { CustomSuffix: "a b" })).rejects.toMatchObject({
      name: "ValidationError",
      message: expect.stringContaining("The specified value for customSuffix is invalid."),
    });
  });
});

describe("policies of AWS", () => {
  let root: Party;
  beforeAll(async () => {
    root = fresh();
    await root.iam.send(new CreateRoleCommand({ RoleName: "plain", AssumeRolePolicyDocument: trust }));
    await root.iam.send(new CreateUserCommand({ UserName: "ann" }));
    await root.iam.send(new CreateGroupCommand({ GroupName: "crew" }));
  });

  const user = "Cannot attach AWS reserved policy to an IAM user.";
  const outside = (what: string) => `Cannot ${what} outside your own account.`;
  test.each<readonly [string, (party: Party) => Promise<unknown>, string, string]>([
    [
      "to an ordinary role",
      ({ iam }) => iam.send(new AttachRolePolicyCommand({ RoleName: "plain", PolicyArn: ecsPolicy })),
      "PolicyNotAttachableException",
      "Cannot attach a Service Role Policy to a Customer Role.",
    ],
    [
      "to a user",
      ({ iam }) => iam.send(new AttachUserPolicyCommand({ UserName: "ann", PolicyArn: ecsPolicy })),
      "PolicyNotAttachableException",
      user,
    ],
    [
      "as a user's boundary",
      ({ iam }) =>
        iam.send(new PutUserPermissionsBoundaryCommand({ UserName: "ann", PermissionsBoundary: ecsPolicy })),
      "PolicyNotAttachableException",
      user,
    ],
    [
      "to a user, of a root task",
      ({ iam }) => iam.send(new AttachUserPolicyCommand({ UserName: "ann", PolicyArn: rootTask })),
      "PolicyNotAttachableException",
      user,
    ],
    [
      "that is not there",
      ({ iam }) => iam.send(new AttachRolePolicyCommand({ RoleName: "plain", PolicyArn: `${ecsPolicy}X` })),
      "NoSuchEntityException",
      `Policy ${ecsPolicy}X does not exist or is not attachable.`,
    ],
    [
      "of another partition",
      ({ iam }) =>
        iam.send(
          new AttachRolePolicyCommand({
            RoleName: "plain",
            PolicyArn: "arn:aws-cn:iam::aws:policy/ReadOnlyAccess",
          }),
        ),
      "ValidationError",
      "Invalid ARN partition",
    ],
    [
      "by a deletion",
      ({ iam }) => iam.send(new DeletePolicyCommand({ PolicyArn: `${ecsPolicy}X` })),
      "AccessDenied",
      outside("delete policies"),
    ],
    [
      "by a new version",
      ({ iam }) =>
        iam.send(new CreatePolicyVersionCommand({ PolicyArn: ecsPolicy, PolicyDocument: document })),
      "AccessDenied",
      outside("create versions for policies"),
    ],
    [
      "by another default version",
      ({ iam }) => iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn: ecsPolicy, VersionId: "v1" })),
      "AccessDenied",
      outside("update policies"),
    ],
    [
      "by a version's end",
      ({ iam }) => iam.send(new DeletePolicyVersionCommand({ PolicyArn: ecsPolicy, VersionId: "v1" })),
      "AccessDenied",
      outside("delete policy versions for policies"),
    ],
    [
      "by tags",
      ({ iam }) => iam.send(new TagPolicyCommand({ PolicyArn: ecsPolicy, Tags: [{ Key: "a", Value: "b" }] })),
      "InvalidInputException",
      "Tags not supported for policies in this domain",
    ],
    [
      "by tags' end",
      ({ iam }) => iam.send(new UntagPolicyCommand({ PolicyArn: ecsPolicy, TagKeys: ["a"] })),
      "InvalidInputException",
      "Tags not supported for policies in this domain",
    ],
  ])("are not used or changed: %s", async (_how, call, name, message) => {
    await expect(call(root)).rejects.toEqual(refusal(name, message));
  });

  test("of services that customers' roles may have attach anywhere, and have no tags", async () => {
    await root.iam.send(new AttachRolePolicyCommand({ RoleName: "plain", PolicyArn: execution }));
    await root.iam.send(new AttachUserPolicyCommand({ UserName: "ann", PolicyArn: execution }));
    await root.iam.send(new AttachGroupPolicyCommand({ GroupName: "crew", PolicyArn: execution }));
    for (const PermissionsBoundary of [execution, readOnly])
      await root.iam.send(new PutRolePermissionsBoundaryCommand({ RoleName: "plain", PermissionsBoundary }));
    const { Policy } = await root.iam.send(new GetPolicyCommand({ PolicyArn: execution }));
    expect(Policy).toMatchObject({ AttachmentCount: 3, PermissionsBoundaryUsageCount: 0 });
    expect((await root.iam.send(new ListPolicyTagsCommand({ PolicyArn: execution }))).Tags).toEqual([]);
  });
});

describe("permission", () => {
  test("to make one may be scoped by path, name or service; without it the refusal names the role to be", async () => {
    const root = fresh();
    const role = `arn:aws:iam::${root.account}:role/aws-service-role/${ecs}/AWSServiceRoleForECS`;
    const because = `is not authorized to perform: iam:CreateServiceLinkedRole on resource: ${role}`;
    const create = { Action: "iam:CreateServiceLinkedRole", Effect: "Allow" };
    const none = await userParty(root, "none");
    await expect(make(none)).rejects.toEqual(
      refusal(
        "AccessDenied",
        `User: arn:aws:iam::${root.account}:user/none ${because} because no identity-based policy allows the iam:CreateServiceLinkedRole action`,
      ),
    );
    const denied = await userParty(
      root,
      "denied",
      { ...create, Resource: "*" },
      {
        ...create,
        Effect: "Deny",
        Resource: "*",
        Condition: { StringEquals: { "iam:AWSServiceName": ecs } },
      },
    );
    await expect(make(denied)).rejects.toEqual(
      refusal(
        "AccessDenied",
        `User: arn:aws:iam::${root.account}:user/denied ${because} with an explicit deny in an identity-based policy`,
      ),
    );
    await make(denied, "spot.amazonaws.com");
    const scoped = await userParty(root, "scoped", {
      ...create,
      Resource: `arn:aws:iam::*:role/aws-service-role/${ecs}/AWSServiceRoleForECS*`,
      Condition: { StringLike: { "iam:AWSServiceName": ecs } },
    });
    await make(scoped);
    await expect(make(scoped, "rds.amazonaws.com")).rejects.toMatchObject({ name: "AccessDenied" });
  });

  test("to delete one, and to watch it go, is asked on the role", async () => {
    const root = fresh();
    await make(root);
    const on = `arn:aws:iam::${root.account}:role/aws-service-role/${ecs}/*`;
    const ann = await userParty(root, "ann", {
      Effect: "Allow",
      Action: ["iam:DeleteServiceLinkedRole", "iam:GetServiceLinkedRoleDeletionStatus"],
      Resource: on,
    });
    expect(await deletion(ann, "AWSServiceRoleForECS")).toMatchObject({ Status: "SUCCEEDED" });
    await make(root, "spot.amazonaws.com");
    await expect(deletion(ann, "AWSServiceRoleForEC2Spot")).rejects.toMatchObject({ name: "AccessDenied" });
  });

  test("of the caller counts when a service makes the role, seen through the service", async () => {
    const root = fresh();
    const west = elsewhere(root, "us-west-2");
    const through = {
      Effect: "Allow",
      Action: "iam:CreateServiceLinkedRole",
      Resource: "*",
      Condition: {
        Bool: { "aws:ViaAWSService": "true" },
        StringEquals: { "iam:AWSServiceName": replication, "aws:CalledViaLast": "ecr.amazonaws.com" },
      },
    };
    const ann = await userParty(root, "ann", { Effect: "Allow", Action: "ecr:*", Resource: "*" }, through);
    await expect(make(ann, replication)).rejects.toMatchObject({ name: "AccessDenied" });
    await replicateTo(ann, [west]);
    const [made] = (await recorded(root, "CreateServiceLinkedRole")).filter(
      ({ errorCode }) => errorCode === undefined,
    );
    expect(made).toMatchObject({
      sourceIPAddress: "ecr.amazonaws.com",
      userIdentity: {
        arn: `arn:aws:iam::${root.account}:user/ann`,
        invokedBy: "ecr.amazonaws.com",
      },
    });
  });
});

describe("creation", () => {
  test("twice is on record under the error's modelled name", async () => {
    const root = fresh();
    await make(root);
    const message =
      "Service role name AWSServiceRoleForECS has been taken in this account, please try a different suffix.";
    await expect(make(root)).rejects.toEqual(refusal("InvalidInputException", message));
    expect((await recorded(root, "CreateServiceLinkedRole"))[0]).toMatchObject({
      errorCode: "InvalidInputException",
      errorMessage: message,
    });
  });

  test.each([["nobody.amazonaws.com"], ["logs.amazonaws.com"], ["ECS.amazonaws.com"]])(
    "for %s, which has no such role, is refused",
    async (principal) => {
      await expect(make(fresh(), principal)).rejects.toEqual(
        refusal("InvalidInputException", `${principal} is not a service that has service-linked roles.`),
      );
    },
  );
});

describe("deletion", () => {
  const ask = (party: Party, RoleName: string) =>
    party.iam.send(new DeleteServiceLinkedRoleCommand({ RoleName }));
  const status = (party: Party, DeletionTaskId: string | undefined) =>
    party.iam.send(new GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId }));

  test("needs a service's role", async () => {
    const root = fresh();
    await root.iam.send(new CreateRoleCommand({ RoleName: "plain", AssumeRolePolicyDocument: trust }));
    await expect(ask(root, "plain")).rejects.toEqual(
      refusal("NoSuchEntityException", "plain exists but is not a service role."),
    );
    await expect(ask(root, "missing")).rejects.toEqual(
      refusal("NoSuchEntityException", "The role with name missing cannot be found."),
    );
  });

  test("of a role whose service is not built here simply happens", async () => {
    const root = fresh();
    await make(root, "rds.amazonaws.com");
    expect(await deletion(root, "AWSServiceRoleForRDS")).toMatchObject({ Status: "SUCCEEDED" });
    await expect(
      root.iam.send(new GetRoleCommand({ RoleName: "AWSServiceRoleForRDS" })),
    ).rejects.toMatchObject({ name: "NoSuchEntityException" });
  });

  test("names one region an attempt, keeps the role, and goes through when the last use is gone", async () => {
    const root = fresh("eu-west-1");
    const others = ["us-west-2", "ap-south-1"].map((region) => elsewhere(root, region));
    const users = [root, ...others].toSorted((a, b) => (a.region < b.region ? -1 : 1));
    for (const user of users) await replicateTo(user, [elsewhere(root, "us-east-1")]);
    for (const user of users) {
      expect(await deletion(root, replicationRole)).toMatchObject({
        Status: "FAILED",
        Reason: {
          Reason: "Role in use.",
          RoleUsageList: [
            {
              Region: user.region,
              Resources: [`arn:aws:ecr:${user.region}:${root.account}:replication-configuration`],
            },
          ],
        },
      });
      await root.iam.send(new GetRoleCommand({ RoleName: replicationRole }));
      await replicateTo(user, []);
    }
    expect(await deletion(root, replicationRole)).toMatchObject({ Status: "SUCCEEDED" });
    await replicateTo(root, others);
    await root.iam.send(new GetRoleCommand({ RoleName: replicationRole }));
  });

  test.each([
    ["malformed", "task/x", "InvalidInputException", "Invalid task id"],
    [
      "well formed",
      "task/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS/01234567-89ab-cdef-0123-456789abcdef",
      "NoSuchEntityException",
      "Cannot find deletion status for given id.",
    ],
  ])("of an unknown task, %s", async (_form, id, name, message) => {
    await expect(status(fresh(), id)).rejects.toEqual(refusal(name, message));
  });

  test("of another account's task is unknown here", async () => {
    const root = fresh();
    await make(root);
    const { DeletionTaskId } = await ask(root, "AWSServiceRoleForECS");
    await expect(status(fresh(), DeletionTaskId)).rejects.toMatchObject({ name: "NoSuchEntityException" });
  });
});

test("a deletion that was asked for is carried out by the process that starts next", async () => {
  const first = await testRoadstead();
  const account = "700000000999";
  const before = rootParty(first.url, account);
  await make(before);
  const { DeletionTaskId } = await before.iam.send(
    new DeleteServiceLinkedRoleCommand({ RoleName: "AWSServiceRoleForECS" }),
  );
  await first.close();
  const second = await testRoadstead({ dataDir: first.dataDir });
  try {
    const { iam } = rootParty(second.url, account);
    const ask = new GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId });
    await expect
      .poll(
        () =>
          iam.send(ask).then(
            ({ Status }) => Status,
            () => "unknown",
          ),
        { timeout: 20_000, interval: 20 },
      )
      .toBe("SUCCEEDED");
    await expect(iam.send(new GetRoleCommand({ RoleName: "AWSServiceRoleForECS" }))).rejects.toMatchObject({
      name: "NoSuchEntityException",
    });
  } finally {
    await second.close();
    await first.stop();
  }
});

/** A repository with one image in it. */
async function pushed(root: Party, repository: string): Promise<string> {
  await root.ecr.send(new CreateRepositoryCommand({ repositoryName: repository }));
  return push(root, repository, "v1");
}
