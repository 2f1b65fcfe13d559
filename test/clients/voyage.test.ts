import { CreateRepositoryCommand, DescribeImagesCommand } from "@aws-sdk/client-ecr";
import {
  AddRoleToInstanceProfileCommand,
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateGroupCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  CreateServiceLinkedRoleCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GenerateServiceLastAccessedDetailsCommand,
  GetRoleCommand,
  GetServiceLastAccessedDetailsCommand,
  type IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolesCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  RemoveRoleFromInstanceProfileCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
  UpdateRoleDescriptionCommand,
} from "@aws-sdk/client-iam";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BlobStore } from "../../src/blobs/types.ts";
import { pullImage } from "../../src/cli/oci-client.ts";
import { sampleImage } from "../../src/cli/sample-image.ts";
import { postgresMissing, postgresUrl } from "../support/postgres.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";
import { s3Missing, s3Url } from "../support/s3.ts";
import {
  admit,
  deletion,
  leave,
  type Party,
  policy,
  push,
  recorded,
  registryToken,
  replicateTo,
  roleName,
  rootParty,
  sessionArn,
  settled,
  statuses,
  userParty,
} from "./parties.ts";

const RoleName = roleName;
const rolePolicy = "arn:aws:iam::aws:policy/aws-service-role/ECRReplicationServiceRolePolicy";
const readOnly = "arn:aws:iam::aws:policy/ReadOnlyAccess";
const roleArn = `arn:aws:iam::111111111111:role/aws-service-role/replication.ecr.amazonaws.com/${roleName}`;
const anything = policy({ Effect: "Allow", Action: "*", Resource: "*" });
const trust = policy({
  Effect: "Allow",
  Principal: { Service: "ecs.amazonaws.com" },
  Action: "sts:AssumeRole",
});
const protectedText = `Cannot perform the operation on the protected role '${roleName}' - this role is only modifiable by AWS`;

/** facts of AWS, "What can be changed on an SLR, and what is refused". */
const refused: readonly (readonly [string, (iam: IAMClient) => Promise<unknown>, string, string])[] = [
  [
    "its longest session",
    (iam) => iam.send(new UpdateRoleCommand({ RoleName, MaxSessionDuration: 7200 })),
    "UnmodifiableEntityException",
    `${roleName} is an AWS service linked role, max session duration cannot be changed.`,
  ],
  ...(
    [
      [
        "its trust",
        (iam) => iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trust })),
      ],
      [
        "an inline policy",
        (iam) =>
          iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "more", PolicyDocument: anything })),
      ],
      [
        "an inline policy's end",
        (iam) => iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: "more" })),
      ],
      [
        "another managed policy",
        (iam) => iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: readOnly })),
      ],
      ["its own policy", (iam) => iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn: rolePolicy }))],
      [
        "a boundary",
        (iam) => iam.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: readOnly })),
      ],
      ["a boundary's end", (iam) => iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName }))],
      [
        "an instance profile",
        (iam) => iam.send(new AddRoleToInstanceProfileCommand({ RoleName, InstanceProfileName: "p" })),
      ],
      [
        "an instance profile's end",
        (iam) => iam.send(new RemoveRoleFromInstanceProfileCommand({ RoleName, InstanceProfileName: "p" })),
      ],
      ["itself", (iam) => iam.send(new DeleteRoleCommand({ RoleName }))],
    ] as const satisfies readonly (readonly [string, (iam: IAMClient) => Promise<unknown>])[]
  ).map(([what, act]) => [what, act, "UnmodifiableEntityException", protectedText] as const),
  [
    "a suffix",
    (iam) =>
      iam.send(
        new CreateServiceLinkedRoleCommand({
          AWSServiceName: "replication.ecr.amazonaws.com",
          CustomSuffix: "x",
        }),
      ),
    "InvalidInputException",
    "Custom suffix is not allowed for replication.ecr.amazonaws.com",
  ],
];

interface Ground {
  readonly name: string;
  /** Why it cannot be tried, when it cannot. */
  readonly missing: string | undefined;
  readonly flags: () => Promise<Readonly<Record<string, unknown>>>;
}

const grounds: readonly Ground[] = [
  { name: "SQLite and files", missing: undefined, flags: async () => ({}) },
  {
    name: "PostgreSQL and files",
    missing: postgresMissing(),
    flags: async () => ({ databaseUrl: await postgresUrl() }),
  },
  { name: "SQLite and S3", missing: s3Missing(), flags: async () => ({ blobsUrl: await s3Url() }) },
];

for (const { name, missing } of grounds) {
  if (missing !== undefined) process.stderr.write(`SKIPPED: the voyage on ${name}: ${missing}\n`);
}

describe.each(grounds)("the voyage, with the SDK, on $name", ({ missing, flags }) => {
  if (missing !== undefined) return test.skip(missing, () => undefined);

  let roadstead: TestRoadstead;
  let home: Party;
  let abroad: Party;
  let neighbour: Party;
  const gate = replicationGate();

  beforeAll(async () => {
    roadstead = await testRoadstead({ registryNames: "path", ...(await flags()) }, { blobs: gate.around });
    home = rootParty(roadstead.url, "111111111111", "us-east-1");
    abroad = rootParty(roadstead.url, "111111111111", "eu-west-1");
    neighbour = rootParty(roadstead.url, "222222222222", "us-west-2");
  }, 90_000);
  afterAll(async () => {
    leave(home, abroad, neighbour);
    await roadstead.stop();
  });

  /** What a client pulls from a party's registry; every byte is held against its digest. */
  async function pulled(party: Party, reference: string) {
    const authorization = `Basic ${await registryToken(party)}`;
    const repository = `${party.path}/team/app`;
    return pullImage({ registry: party.registry, repository, authorization, reference });
  }

  test("1: what is pushed is described and pulled by the client's own digest", async () => {
    const { repository } = await home.ecr.send(new CreateRepositoryCommand({ repositoryName: "team/app" }));
    expect(repository).toMatchObject({
      repositoryArn: "arn:aws:ecr:us-east-1:111111111111:repository/team/app",
      registryId: "111111111111",
      repositoryUri: `localhost:${roadstead.port}/111111111111.us-east-1/team/app`,
      imageTagMutability: "MUTABLE",
      encryptionConfiguration: { encryptionType: "AES256" },
    });
    const digest = await push(home, "team/app", "v1");
    const { imageDetails } = await home.ecr.send(new DescribeImagesCommand({ repositoryName: "team/app" }));
    expect(imageDetails).toMatchObject([
      {
        imageDigest: digest,
        imageTags: ["v1"],
        imageManifestMediaType: "application/vnd.oci.image.manifest.v1+json",
      },
    ]);
    const image = await pulled(home, "v1");
    expect(image).toMatchObject({ digest, layers: sampleImage("v1").layers });
  });

  test("2: the first configuration makes the role; a push goes IN_PROGRESS, then COMPLETE, at both destinations", async () => {
    const slrs = new ListRolesCommand({ PathPrefix: "/aws-service-role/" });
    expect((await home.iam.send(slrs)).Roles).toEqual([]);
    await admit(neighbour, home, "ecr:ReplicateImage", "ecr:CreateRepository");
    await replicateTo(home, [abroad, neighbour]);
    expect((await home.iam.send(slrs)).Roles).toMatchObject([{ Arn: roleArn }]);

    gate.close();
    const digest = await push(home, "team/app", "v2");
    const before = await statuses(home, "team/app", digest);
    gate.open();
    expect(Object.values(before).map(({ status }) => status)).toEqual(["IN_PROGRESS", "IN_PROGRESS"]);
    const after = await settled(home, "team/app", digest);
    expect(after).toMatchObject({
      "111111111111 eu-west-1": { status: "COMPLETE" },
      "222222222222 us-west-2": { status: "COMPLETE" },
    });
    for (const party of [abroad, neighbour]) {
      expect(await pulled(party, "v2")).toMatchObject({ digest, layers: sampleImage("v2").layers });
    }
    // Only what was pushed after the configuration.
    await expect(pulled(abroad, "v1")).rejects.toMatchObject({ status: 404, code: "MANIFEST_UNKNOWN" });
  });

  test("3: the role has AWS's shape", async () => {
    const { Role: role } = await home.iam.send(new GetRoleCommand({ RoleName }));
    expect(role).toMatchObject({
      Path: "/aws-service-role/replication.ecr.amazonaws.com/",
      RoleName,
      Arn: roleArn,
      MaxSessionDuration: 3600,
    });
    expect(JSON.parse(decodeURIComponent(role?.AssumeRolePolicyDocument ?? ""))).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { Service: "replication.ecr.amazonaws.com" },
          Action: "sts:AssumeRole",
        },
      ],
    });
    const { AttachedPolicies } = await home.iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
    expect(AttachedPolicies).toEqual([
      { PolicyName: "ECRReplicationServiceRolePolicy", PolicyArn: rolePolicy },
    ]);
  });

  test("3: each of the twelve edits is refused with AWS's code and words", async () => {
    await home.iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: "p" }));
    expect(refused).toHaveLength(12);
    for (const [what, act, code, message] of refused) {
      await expect(act(home.iam), what).rejects.toMatchObject({
        name: code,
        message: expect.stringContaining(message),
      });
    }
  });

  test("3: description and tags change; the role's policy attaches to nothing else", async () => {
    await home.iam.send(new UpdateRoleDescriptionCommand({ RoleName, Description: "ships" }));
    await home.iam.send(
      new TagRoleCommand({
        RoleName,
        Tags: [
          { Key: "team", Value: "harbour" },
          { Key: "tide", Value: "high" },
        ],
      }),
    );
    await home.iam.send(new UntagRoleCommand({ RoleName, TagKeys: ["tide"] }));
    const { Role: role } = await home.iam.send(new GetRoleCommand({ RoleName }));
    expect(role).toMatchObject({ Description: "ships", Tags: [{ Key: "team", Value: "harbour" }] });

    await home.iam.send(new CreateRoleCommand({ RoleName: "mine", AssumeRolePolicyDocument: trust }));
    await home.iam.send(new CreateGroupCommand({ GroupName: "crew" }));
    const PolicyArn = rolePolicy;
    await expect(
      home.iam.send(new AttachRolePolicyCommand({ RoleName: "mine", PolicyArn })),
    ).rejects.toMatchObject({
      name: "PolicyNotAttachableException",
      message: "Cannot attach a Service Role Policy to a Customer Role.",
    });
    await expect(
      home.iam.send(new AttachGroupPolicyCommand({ GroupName: "crew", PolicyArn })),
    ).rejects.toMatchObject({ name: "PolicyNotAttachableException" });
  });

  test("3: not even an administrator assumes the role", async () => {
    const admin = await userParty(home, "admin", { Effect: "Allow", Action: "*", Resource: "*" });
    const assume = new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: "me" });
    await expect(admin.sts.send(assume)).rejects.toMatchObject({
      name: "AccessDenied",
      message: expect.stringContaining("is not authorized to perform: sts:AssumeRole on resource:"),
    });
    await expect(home.sts.send(assume)).rejects.toMatchObject({
      message: expect.stringContaining("Roles may not be assumed by root accounts."),
    });
    await expect(
      home.iam.send(new AttachUserPolicyCommand({ UserName: "admin", PolicyArn: rolePolicy })),
    ).rejects.toMatchObject({ name: "PolicyNotAttachableException" });
    leave(admin);
  });

  test("5: a destination that takes the permission away stops it; given back, the next push replicates", async () => {
    await admit(neighbour, home, "ecr:CreateRepository");
    const third = await push(home, "team/app", "v3");
    expect(await settled(home, "team/app", third)).toMatchObject({
      "111111111111 eu-west-1": { status: "COMPLETE" },
      "222222222222 us-west-2": { status: "FAILED", failureCode: "DESTINATION_REGISTRY_ACCESS_DENIED" },
    });
    // Each side has the call in the region where it was refused.
    for (const party of [rootParty(roadstead.url, home.account, neighbour.region), neighbour]) {
      const [newest] = await recorded(party, "ReplicateImage");
      expect(newest).toMatchObject({
        errorCode: "AccessDenied",
        recipientAccountId: party.account,
        userIdentity: {
          type: "AssumedRole",
          arn: sessionArn(home.account),
          invokedBy: "replication.ecr.amazonaws.com",
        },
      });
    }
    await admit(neighbour, home, "ecr:ReplicateImage", "ecr:CreateRepository");
    const fourth = await push(home, "team/app", "v4");
    expect(await settled(home, "team/app", fourth)).toMatchObject({
      "222222222222 us-west-2": { status: "COMPLETE" },
    });
    await expect(pulled(neighbour, third)).rejects.toMatchObject({ status: 404 });
  });

  test("6: the trail names the caller and the service; the role remembers its use", async () => {
    const [made] = (await recorded(home, "CreateServiceLinkedRole")).filter(
      ({ errorCode }) => errorCode === undefined,
    );
    expect(made).toMatchObject({
      eventSource: "iam.amazonaws.com",
      userIdentity: { type: "Root", invokedBy: "ecr.amazonaws.com" },
    });
    const [created] = await recorded(abroad, "CreateRepository");
    expect(created).toMatchObject({
      userIdentity: { arn: sessionArn(home.account), invokedBy: "replication.ecr.amazonaws.com" },
    });
    expect(created).not.toHaveProperty("errorCode");

    const { Role: role } = await home.iam.send(new GetRoleCommand({ RoleName }));
    expect(role?.RoleLastUsed?.LastUsedDate).toBeInstanceOf(Date);
    expect(["eu-west-1", "us-west-2"]).toContain(role?.RoleLastUsed?.Region);
    const { JobId } = await home.iam.send(new GenerateServiceLastAccessedDetailsCommand({ Arn: roleArn }));
    let services: unknown;
    await expect
      .poll(async () => {
        const report = await home.iam.send(new GetServiceLastAccessedDetailsCommand({ JobId }));
        services = report.ServicesLastAccessed;
        return report.JobStatus;
      })
      .toBe("COMPLETED");
    expect(services).toMatchObject([{ ServiceNamespace: "ecr", LastAuthenticated: expect.any(Date) }]);
  });

  test("4: deletion fails while one region after the other needs the role, then succeeds; the next configuration makes it anew", async () => {
    await replicateTo(abroad, [neighbour]);
    const before = await home.iam.send(new GetRoleCommand({ RoleName }));
    for (const region of ["eu-west-1", "us-east-1"]) {
      const failed = await deletion(home, roleName);
      expect(failed).toMatchObject({ Status: "FAILED", Reason: { Reason: "Role in use." } });
      // One region an attempt: the first that says so.
      expect(failed.Reason?.RoleUsageList).toEqual([
        { Region: region, Resources: [`arn:aws:ecr:${region}:111111111111:replication-configuration`] },
      ]);
      await replicateTo(rootParty(roadstead.url, home.account, region), []);
    }
    expect(await deletion(home, roleName)).toMatchObject({ Status: "SUCCEEDED" });
    await expect(home.iam.send(new GetRoleCommand({ RoleName }))).rejects.toMatchObject({
      name: "NoSuchEntityException",
    });
    await replicateTo(home, [abroad]);
    const anew = await home.iam.send(new GetRoleCommand({ RoleName }));
    expect(anew.Role?.RoleId).not.toBe(before.Role?.RoleId);
    const digest = await push(home, "team/app", "v5");
    expect(await settled(home, "team/app", digest)).toMatchObject({
      "111111111111 eu-west-1": { status: "COMPLETE" },
    });
  });
});

/** Holds replication back while it is closed: only replication asks the blob store for sizes. */
function replicationGate() {
  let opened: Promise<void> | undefined;
  let release = () => {};
  return {
    close() {
      opened = new Promise((resolve) => {
        release = resolve;
      });
    },
    open: () => release(),
    around: (real: BlobStore): BlobStore =>
      new Proxy(real, {
        get(target, name) {
          if (name === "size") {
            return async (digest: Parameters<BlobStore["size"]>[0]) => {
              await opened;
              return target.size(digest);
            };
          }
          const member: unknown = Reflect.get(target, name, target);
          return typeof member === "function" ? member.bind(target) : member;
        },
      }),
  };
}
