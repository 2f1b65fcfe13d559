import { CreateRepositoryCommand, DescribeRepositoriesCommand } from "@aws-sdk/client-ecr";
import { GetRoleCommand } from "@aws-sdk/client-iam";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openManagedPolicies, withDocument } from "../../src/services/iam/managed-policy-catalogue.ts";
import { dataDirectory, type TestRoadstead, testRoadstead } from "../support/roadstead.ts";
import {
  admit,
  leave,
  type Party,
  policy,
  push,
  recorded,
  replicateTo,
  roleName,
  rootParty,
  sessionArn,
  settled,
  userParty,
} from "./parties.ts";

const rolePolicy = "arn:aws:iam::aws:policy/aws-service-role/ECRReplicationServiceRolePolicy";
const destinationArn = "arn:aws:ecr:eu-west-1:111111111111:repository/app";

/** A catalogue whose replication role may do these actions and no more. */
function roleMay(...actions: readonly string[]) {
  return withDocument(
    openManagedPolicies(dataDirectory),
    rolePolicy,
    policy({ Effect: "Allow", Action: actions, Resource: "*" }),
  );
}

/** What stops when the role's own policy lacks an action, and what is on record then. */
const lacking = [
  {
    lacks: "ecr:ReplicateImage",
    has: ["ecr:CreateRepository"],
    eventName: "ReplicateImage",
  },
  {
    lacks: "ecr:CreateRepository",
    has: ["ecr:ReplicateImage"],
    eventName: "CreateRepository",
  },
] as const;

describe.each(lacking)("a role whose policy lacks $lacks", ({ lacks, has, eventName }) => {
  let roadstead: TestRoadstead;
  let source: Party;
  let abroad: Party;
  let neighbour: Party;

  beforeEach(async () => {
    roadstead = await testRoadstead({}, { managedPolicies: roleMay(...has) });
    source = rootParty(roadstead.url, "111111111111", "us-east-1");
    abroad = rootParty(roadstead.url, "111111111111", "eu-west-1");
    neighbour = rootParty(roadstead.url, "222222222222", "us-west-2");
    await source.ecr.send(new CreateRepositoryCommand({ repositoryName: "app" }));
    await admit(neighbour, source, "ecr:ReplicateImage", "ecr:CreateRepository");
    await replicateTo(source, [abroad, neighbour]);
  });
  afterEach(async () => {
    leave(source, abroad, neighbour);
    await roadstead.stop();
  });

  test("carries nothing, however open the destinations are, and its refused call is on record", async () => {
    const digest = await push(source, "app", "v1");
    const refused = { status: "FAILED", failureCode: "DESTINATION_REGISTRY_ACCESS_DENIED" };
    expect(await settled(source, "app", digest)).toMatchObject({
      "111111111111 eu-west-1": refused,
      "222222222222 us-west-2": refused,
    });
    const [record] = await recorded(abroad, eventName);
    expect(record).toMatchObject({
      errorCode: "AccessDenied",
      errorMessage: `User: ${sessionArn("111111111111")} is not authorized to perform: ${lacks} on resource: ${destinationArn} because no identity-based policy allows the ${lacks} action`,
      userIdentity: {
        type: "AssumedRole",
        arn: sessionArn("111111111111"),
        invokedBy: "replication.ecr.amazonaws.com",
      },
    });
    for (const party of [abroad, neighbour]) {
      const { repositories } = await party.ecr.send(new DescribeRepositoriesCommand({}));
      expect(repositories).toEqual([]);
    }
  });

  test("carries what it needs the action for and nothing else", async () => {
    for (const party of [abroad, neighbour]) {
      await party.ecr.send(new CreateRepositoryCommand({ repositoryName: "app" }));
    }
    const digest = await push(source, "app", "v1");
    const found = await settled(source, "app", digest);
    // Where the repository is there, nobody needs to create it.
    const expected = lacks === "ecr:CreateRepository" ? "COMPLETE" : "FAILED";
    expect(Object.values(found).map(({ status }) => status)).toEqual([expected, expected]);
  });
});

describe("making the role with the caller's forwarded identity", () => {
  let roadstead: TestRoadstead;
  let root: Party;
  const abroad = { account: "111111111111", region: "eu-west-1" };

  beforeEach(async () => {
    roadstead = await testRoadstead();
    root = rootParty(roadstead.url, "111111111111");
  });
  afterEach(async () => {
    leave(root);
    await roadstead.stop();
  });

  const configure = { Effect: "Allow", Action: "ecr:PutReplicationConfiguration", Resource: "*" };
  const create = { Effect: "Allow", Action: "iam:CreateServiceLinkedRole", Resource: "*" };
  const put = (party: Party) => replicateTo(party, [rootParty(roadstead.url, abroad.account, abroad.region)]);

  test("a user who may not create the role cannot configure replication, and both calls are on record", async () => {
    const user = await userParty(root, "configurer", configure);
    await expect(put(user)).rejects.toMatchObject({
      name: "AccessDeniedException",
      message: expect.stringContaining(
        "User: arn:aws:iam::111111111111:user/configurer is not authorized to perform: iam:CreateServiceLinkedRole",
      ),
    });
    for (const eventName of ["CreateServiceLinkedRole", "PutReplicationConfiguration"]) {
      const [record] = await recorded(root, eventName);
      expect(record, eventName).toMatchObject({
        errorCode: expect.stringMatching(/^AccessDenied(Exception)?$/),
        userIdentity: { type: "IAMUser", arn: "arn:aws:iam::111111111111:user/configurer" },
      });
    }
    const [forwarded] = await recorded(root, "CreateServiceLinkedRole");
    expect(forwarded?.userIdentity.invokedBy).toBe("ecr.amazonaws.com");
    await expect(root.iam.send(new GetRoleCommand({ RoleName: roleName }))).rejects.toMatchObject({
      name: "NoSuchEntityException",
    });
    leave(user);
  });

  test("once the role is there, the same user configures", async () => {
    const user = await userParty(root, "configurer", configure);
    await put(root);
    await replicateTo(root, []);
    await put(user);
    const { Role: role } = await root.iam.send(new GetRoleCommand({ RoleName: roleName }));
    expect(role?.RoleName).toBe(roleName);
    leave(user);
  });

  const conditions = [
    ["may create it through a service", { Bool: { "aws:ViaAWSService": "true" } }, "created"],
    [
      "may create it through ECR",
      { "ForAnyValue:StringEquals": { "aws:CalledVia": "ecr.amazonaws.com" } },
      "created",
    ],
    [
      "may create this service's role",
      { StringEquals: { "iam:AWSServiceName": "replication.ecr.amazonaws.com" } },
      "created",
    ],
    ["may create it only by an own call", { Bool: { "aws:ViaAWSService": "false" } }, "refused"],
    [
      "may create another service's role",
      { StringEquals: { "iam:AWSServiceName": "ecs.amazonaws.com" } },
      "refused",
    ],
  ] as const;

  test.each(conditions)("a user who %s", async (_who, Condition, expected) => {
    const user = await userParty(root, "configurer", configure, { ...create, Condition });
    const outcome = await put(user).then(
      () => "created",
      (error: unknown) =>
        error instanceof Error && error.name === "AccessDeniedException" ? "refused" : error,
    );
    expect(outcome).toBe(expected);
    leave(user);
  });
});
