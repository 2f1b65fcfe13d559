import {
  AddUserToGroupCommand,
  AttachUserPolicyCommand,
  CreateGroupCommand,
  CreateServiceLinkedRoleCommand,
  CreateUserCommand,
  GenerateServiceLastAccessedDetailsCommand,
  GetRoleCommand,
  GetServiceLastAccessedDetailsCommand,
  GetServiceLastAccessedDetailsWithEntitiesCommand,
  ListPoliciesGrantingServiceAccessCommand,
  PutGroupPolicyCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Door, openDoor, testAccount, userPrincipal } from "../../../test/support/iam-door.ts";
import type { LastUse, ServiceUse } from "../../dispatch/trail.ts";
import type { Region } from "../../kernel/brand.ts";
import { servicesGranted } from "./services-granted.ts";

const region = "eu-west-1" as Region;
const uses: ServiceUse[] = [];
const lastUse: LastUse = {
  role: async (_rows, id) => uses.findLast(({ entityId }) => entityId === id),
  accessKey: async () => undefined,
  services: async (_rows, ids) => uses.filter(({ entityId }) => ids.includes(entityId)),
};
const used = (entityId: string | undefined, service: string, action: string, time: string) =>
  uses.push({ entityId: entityId ?? "", service, action, at: Date.parse(time), region });
const allow = (action: string) =>
  JSON.stringify({ Version: "2012-10-17", Statement: { Effect: "Allow", Action: action, Resource: "*" } });

let door: Door;
beforeAll(async () => {
  door = await openDoor({ lastUse });
});
afterAll(() => door.close());

const root = () => door.root(testAccount);
const report = async (arn: string | undefined, granularity?: "ACTION_LEVEL") => {
  const { JobId } = await root().send(
    new GenerateServiceLastAccessedDetailsCommand({ Arn: arn, Granularity: granularity }),
  );
  return JobId;
};

describe("last-accessed data", () => {
  test("of a service-linked role: every service its policy allows, used or not", async () => {
    const { Role } = await root().send(
      new CreateServiceLinkedRoleCommand({ AWSServiceName: "replication.ecr.amazonaws.com" }),
    );
    const before = await root().send(
      new GetServiceLastAccessedDetailsCommand({ JobId: await report(Role?.Arn) }),
    );
    expect(before).toMatchObject({
      JobStatus: "COMPLETED",
      JobType: "SERVICE_LEVEL",
      IsTruncated: false,
      ServicesLastAccessed: [
        {
          ServiceName: "Amazon Elastic Container Registry",
          ServiceNamespace: "ecr",
          TotalAuthenticatedEntities: 0,
        },
      ],
    });
    used(Role?.RoleId, "ecr", "ReplicateImage", "2026-09-01T10:00:00.500Z");
    used(Role?.RoleId, "ecr", "CreateRepository", "2026-08-01T10:00:00Z");
    used(Role?.RoleId, "sts", "GetCallerIdentity", "2026-09-02T10:00:00Z");
    const JobId = await report(Role?.Arn, "ACTION_LEVEL");
    const after = await root().send(new GetServiceLastAccessedDetailsCommand({ JobId }));
    expect(after.ServicesLastAccessed).toEqual([
      {
        ServiceName: "Amazon Elastic Container Registry",
        ServiceNamespace: "ecr",
        LastAuthenticated: new Date("2026-09-01T10:00:00Z"),
        LastAuthenticatedEntity: Role?.Arn,
        LastAuthenticatedRegion: region,
        TotalAuthenticatedEntities: 1,
        TrackedActionsLastAccessed: [
          {
            ActionName: "CreateRepository",
            LastAccessedEntity: Role?.Arn,
            LastAccessedTime: new Date("2026-08-01T10:00:00Z"),
            LastAccessedRegion: region,
          },
          {
            ActionName: "ReplicateImage",
            LastAccessedEntity: Role?.Arn,
            LastAccessedTime: new Date("2026-09-01T10:00:00Z"),
            LastAccessedRegion: region,
          },
        ],
      },
    ]);
    const entities = await root().send(
      new GetServiceLastAccessedDetailsWithEntitiesCommand({ JobId, ServiceNamespace: "ecr" }),
    );
    expect(entities.EntityDetailsList).toEqual([
      {
        EntityInfo: {
          Arn: Role?.Arn,
          Name: "AWSServiceRoleForECRReplication",
          Type: "ROLE",
          Id: Role?.RoleId,
          Path: "/aws-service-role/replication.ecr.amazonaws.com/",
        },
        LastAuthenticated: new Date("2026-09-01T10:00:00Z"),
      },
    ]);
    const { Role: got } = await root().send(new GetRoleCommand({ RoleName: Role?.RoleName }));
    expect(got?.RoleLastUsed).toEqual({ LastUsedDate: new Date("2026-09-02T10:00:00Z"), Region: region });
  });

  test("of users through their groups and policies", async () => {
    await root().send(new CreateGroupCommand({ GroupName: "team" }));
    await root().send(
      new PutGroupPolicyCommand({ GroupName: "team", PolicyName: "g", PolicyDocument: allow("s3:*") }),
    );
    const ids: (string | undefined)[] = [];
    for (const UserName of ["ann", "bob"]) {
      const { User } = await root().send(new CreateUserCommand({ UserName }));
      ids.push(User?.UserId);
      await root().send(new AddUserToGroupCommand({ GroupName: "team", UserName }));
    }
    await root().send(
      new PutUserPolicyCommand({ UserName: "ann", PolicyName: "u", PolicyDocument: allow("ecr:Get*") }),
    );
    const managed = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly";
    await root().send(new AttachUserPolicyCommand({ UserName: "bob", PolicyArn: managed }));
    used(ids[1], "s3", "GetObject", "2026-09-03T00:00:00Z");
    const user = (name: string) => `arn:aws:iam::${testAccount}:user/${name}`;

    const ann = await root().send(
      new GetServiceLastAccessedDetailsCommand({ JobId: await report(user("ann")) }),
    );
    expect(ann.ServicesLastAccessed?.map(({ ServiceNamespace }) => ServiceNamespace)).toEqual(["ecr", "s3"]);
    const JobId = await report(`arn:aws:iam::${testAccount}:group/team`);
    const team = await root().send(
      new GetServiceLastAccessedDetailsWithEntitiesCommand({ JobId, ServiceNamespace: "s3" }),
    );
    expect(
      team.EntityDetailsList?.map(({ EntityInfo, LastAuthenticated }) => [
        EntityInfo?.Name,
        LastAuthenticated,
      ]),
    ).toEqual([
      ["bob", new Date("2026-09-03T00:00:00Z")],
      ["ann", undefined],
    ]);
    const granting = await root().send(
      new ListPoliciesGrantingServiceAccessCommand({
        Arn: user("bob"),
        ServiceNamespaces: ["s3", "ecr", "ec2"],
      }),
    );
    expect(granting.PoliciesGrantingServiceAccess).toEqual([
      { ServiceNamespace: "ec2", Policies: [] },
      {
        ServiceNamespace: "ecr",
        Policies: [
          { PolicyName: "AmazonEC2ContainerRegistryReadOnly", PolicyType: "MANAGED", PolicyArn: managed },
        ],
      },
      {
        ServiceNamespace: "s3",
        Policies: [{ PolicyName: "g", PolicyType: "INLINE", EntityType: "GROUP", EntityName: "team" }],
      },
    ]);
    const policyReport = await report(managed);
    const holders = await root().send(
      new GetServiceLastAccessedDetailsWithEntitiesCommand({ JobId: policyReport, ServiceNamespace: "ecr" }),
    );
    expect(holders.EntityDetailsList?.map(({ EntityInfo }) => EntityInfo?.Name)).toEqual(["bob"]);
  });

  test("is for nobody but who asked, and about nothing but what is there", async () => {
    const { User } = await root().send(new CreateUserCommand({ UserName: "eve" }));
    await root().send(
      new PutUserPolicyCommand({ UserName: "eve", PolicyName: "p", PolicyDocument: allow("iam:*") }),
    );
    const JobId = await report(User?.Arn);
    const eve = door.as(userPrincipal(User));
    await expect(eve.send(new GetServiceLastAccessedDetailsCommand({ JobId }))).rejects.toMatchObject({
      code: "NoSuchEntity",
    });
    await expect(report(`arn:aws:iam::${testAccount}:user/none`)).rejects.toMatchObject({
      code: "NoSuchEntity",
    });
    await expect(report("arn:aws:iam::444455556666:user/ann")).rejects.toMatchObject({
      code: "AccessDenied",
    });
  });
});

test.each([
  ["ecr:GetAuthorizationToken", ["ecr"]],
  ["ECR:*", ["ecr"]],
  ["ecr*:Get*", ["ecr", "ecr-public"]],
  ["unheard-of:Do", ["unheard-of"]],
])("services granted by %s", (action, services) => {
  expect(servicesGranted(allow(action))).toEqual(services);
});

test("everything grants every service that is known; NotAction all but what it leaves out whole", () => {
  const all = servicesGranted(allow("*"));
  expect(all).toContain("ecs");
  const but = (...NotAction: string[]) =>
    servicesGranted(
      JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", NotAction, Resource: "*" }] }),
    );
  expect(but("iam:*", "s3:GetObject")).toEqual(all.filter((service) => service !== "iam"));
  expect(but("*")).toEqual([]);
  expect(servicesGranted('{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}')).toEqual([]);
});
