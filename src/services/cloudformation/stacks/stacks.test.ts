import {
  CloudFormationClient,
  CreateChangeSetCommand,
  CreateStackCommand,
  type CreateStackCommandInput,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  ListExportsCommand,
  ListStackResourcesCommand,
  UpdateStackCommand,
  UpdateTerminationProtectionCommand,
} from "@aws-sdk/client-cloudformation";
import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import { DescribeVpcsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { DescribeRepositoriesCommand, ECRClient } from "@aws-sdk/client-ecr";
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../../../../test/support/roadstead.ts";

let roadstead: TestRoadstead;
let stacks: CloudFormationClient;
const account = "222222222222";

beforeAll(async () => {
  roadstead = await testRoadstead();
  stacks = new CloudFormationClient({ ...roadstead.client(account), maxAttempts: 1 });
});
afterAll(async () => {
  stacks?.destroy();
  await roadstead?.stop();
});

const repository = (name: string, more = {}) => ({
  Type: "AWS::ECR::Repository",
  Properties: { RepositoryName: name, ...more },
});

const template = (Resources: object, more: object = {}): string => JSON.stringify({ Resources, ...more });

async function settled(name: string, client = stacks) {
  for (;;) {
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName: name }));
    if (stack?.StackStatus?.endsWith("_IN_PROGRESS") !== true) return stack;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function create(
  name: string,
  TemplateBody: string,
  more: Partial<CreateStackCommandInput> = {},
  client = stacks,
) {
  const { StackId } = await client.send(new CreateStackCommand({ StackName: name, TemplateBody, ...more }));
  return settled(StackId ?? name, client);
}

const eventsOf = async (name: string) => {
  const { StackEvents = [] } = await stacks.send(new DescribeStackEventsCommand({ StackName: name }));
  return StackEvents.map(
    ({ LogicalResourceId, ResourceStatus }) => `${LogicalResourceId} ${ResourceStatus}`,
  ).reverse();
};

describe("a stack", () => {
  test("is made in order, changed by replacement, and removed", async () => {
    const body = (range: string) =>
      template(
        {
          Subnet: {
            Type: "AWS::EC2::Subnet",
            Properties: {
              VpcId: { Ref: "Vpc" },
              CidrBlock: { "Fn::Select": [0, { "Fn::Cidr": [range, 1, 8] }] },
            },
          },
          Vpc: { Type: "AWS::EC2::VPC", Properties: { CidrBlock: range } },
        },
        { Outputs: { Vpc: { Value: { Ref: "Vpc" }, Export: { Name: "vpc" } } } },
      );
    const made = await create("network", body("10.1.0.0/16"), { Tags: [{ Key: "team", Value: "sea" }] });
    expect(made).toMatchObject({
      StackStatus: "CREATE_COMPLETE",
      Outputs: [{ OutputKey: "Vpc", ExportName: "vpc" }],
    });
    expect(await eventsOf("network")).toEqual([
      "network CREATE_IN_PROGRESS",
      "Vpc CREATE_IN_PROGRESS",
      "Vpc CREATE_COMPLETE",
      "Subnet CREATE_IN_PROGRESS",
      "Subnet CREATE_COMPLETE",
      "network CREATE_COMPLETE",
    ]);
    const ec2 = new EC2Client(roadstead.client(account));
    const vpcs = async () =>
      (await ec2.send(new DescribeVpcsCommand({}))).Vpcs?.filter(({ IsDefault }) => IsDefault !== true);
    expect((await vpcs())?.[0]?.Tags).toContainEqual({ Key: "team", Value: "sea" });

    await stacks.send(new UpdateStackCommand({ StackName: "network", TemplateBody: body("10.2.0.0/16") }));
    expect(await settled("network")).toMatchObject({ StackStatus: "UPDATE_COMPLETE" });
    expect((await vpcs())?.map(({ CidrBlock }) => CidrBlock)).toEqual(["10.2.0.0/16"]);
    await expect(
      stacks.send(new UpdateStackCommand({ StackName: "network", TemplateBody: body("10.2.0.0/16") })),
    ).rejects.toThrow("No updates are to be performed.");

    const user = template({
      Repo: repository("imports", { Tags: [{ Key: "vpc", Value: { "Fn::ImportValue": "vpc" } }] }),
    });
    expect((await create("user", user))?.StackStatus).toBe("CREATE_COMPLETE");
    await expect(stacks.send(new DeleteStackCommand({ StackName: "network" }))).rejects.toThrow(
      "Delete canceled. Cannot delete export vpc as it is in use by user.",
    );
    await stacks.send(new DeleteStackCommand({ StackName: "user" }));
    await settledAway("user");
    await stacks.send(new DeleteStackCommand({ StackName: "network" }));
    await settledAway("network");
    expect(await vpcs()).toEqual([]);
    expect((await stacks.send(new ListExportsCommand({}))).Exports).toEqual([]);
    ec2.destroy();
  });

  async function settledAway(name: string): Promise<void> {
    await expect(settled(name)).rejects.toThrow(`Stack with id ${name} does not exist`);
  }

  test("that cannot be made is rolled back, and an update that fails leaves what was there", async () => {
    const wrong = template({ Good: repository("good"), Bad: repository("UPPER") });
    const failed = await create("half", wrong);
    expect(failed).toMatchObject({
      StackStatus: "ROLLBACK_COMPLETE",
    });
    const ecr = new ECRClient(roadstead.client(account));
    const names = async () =>
      (await ecr.send(new DescribeRepositoriesCommand({}))).repositories
        ?.map(({ repositoryName }) => repositoryName)
        .sort();
    expect(await names()).toEqual([]);
    await expect(
      stacks.send(new UpdateStackCommand({ StackName: "half", TemplateBody: wrong })),
    ).rejects.toThrow(/is in ROLLBACK_COMPLETE state and can not be updated/);

    expect((await create("whole", template({ A: repository("aa"), B: repository("bb") })))?.StackStatus).toBe(
      "CREATE_COMPLETE",
    );
    const changed = template({
      A: repository("aa2"),
      C: repository("cc"),
      Bad: { ...repository("UPPER"), DependsOn: ["A", "C"] },
    });
    await stacks.send(new UpdateStackCommand({ StackName: "whole", TemplateBody: changed }));
    expect((await settled("whole"))?.StackStatus).toBe("UPDATE_ROLLBACK_COMPLETE");
    expect(await names()).toEqual(["aa", "bb"]);
    const { StackResourceSummaries } = await stacks.send(
      new ListStackResourcesCommand({ StackName: "whole" }),
    );
    expect(StackResourceSummaries?.map(({ PhysicalResourceId }) => PhysicalResourceId)).toEqual(["aa", "bb"]);
    ecr.destroy();
  });

  test("under protection stays", async () => {
    await create("kept", template({ A: repository("kept") }), { EnableTerminationProtection: true });
    await expect(stacks.send(new DeleteStackCommand({ StackName: "kept" }))).rejects.toThrow(
      "Stack [kept] cannot be deleted while TerminationProtection is enabled",
    );
    await stacks.send(
      new UpdateTerminationProtectionCommand({ StackName: "kept", EnableTerminationProtection: false }),
    );
    await stacks.send(new DeleteStackCommand({ StackName: "kept" }));
  });

  test("is proposed by a change set first", async () => {
    const propose = (ChangeSetType: "CREATE" | "UPDATE", ChangeSetName: string, Resources: object) =>
      stacks.send(
        new CreateChangeSetCommand({
          StackName: "set",
          ChangeSetName,
          ChangeSetType,
          TemplateBody: template(Resources),
        }),
      );
    const describe = async (ChangeSetName: string) => {
      const set = await stacks.send(new DescribeChangeSetCommand({ StackName: "set", ChangeSetName }));
      const changes = set.Changes?.map(({ ResourceChange: change }) => [
        change?.Action,
        change?.LogicalResourceId,
        change?.Replacement,
      ]);
      return { ...set, changes };
    };
    await propose("CREATE", "first", { A: repository("set-a"), B: repository("set-b") });
    expect(await describe("first")).toMatchObject({
      Status: "CREATE_COMPLETE",
      changes: [
        ["Add", "A", undefined],
        ["Add", "B", undefined],
      ],
    });
    await stacks.send(new ExecuteChangeSetCommand({ StackName: "set", ChangeSetName: "first" }));
    expect((await settled("set"))?.StackStatus).toBe("CREATE_COMPLETE");
    await propose("UPDATE", "same", { A: repository("set-a"), B: repository("set-b") });
    expect(await describe("same")).toMatchObject({ Status: "FAILED", ExecutionStatus: "UNAVAILABLE" });
    await propose("UPDATE", "second", {
      A: repository("set-a", { ImageTagMutability: "IMMUTABLE" }),
      B: repository("other"),
    });
    expect((await describe("second")).changes).toEqual([
      ["Modify", "A", "False"],
      ["Modify", "B", "True"],
    ]);
    await stacks.send(new DeleteStackCommand({ StackName: "set" }));
  });
});

describe("whose permissions a stack has", () => {
  test("its caller's, forwarded; or its role's", async () => {
    const iam = new IAMClient(roadstead.client(account));
    await iam.send(new CreateUserCommand({ UserName: "builder" }));
    const allow = (...Action: string[]) =>
      JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, Resource: "*" }] });
    await iam.send(
      new PutUserPolicyCommand({
        UserName: "builder",
        PolicyName: "p",
        PolicyDocument: allow("cloudformation:*", "iam:PassRole"),
      }),
    );
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: "builder" }));
    const builder = new CloudFormationClient({
      ...roadstead.client(account),
      credentials: {
        accessKeyId: AccessKey?.AccessKeyId ?? "",
        secretAccessKey: AccessKey?.SecretAccessKey ?? "",
      },
      maxAttempts: 1,
    });
    const body = template({ Repo: repository("built") });
    const refused = await create("mine", body, { OnFailure: "DO_NOTHING" }, builder);
    expect(refused?.StackStatus).toBe("CREATE_FAILED");
    const { StackEvents = [] } = await builder.send(new DescribeStackEventsCommand({ StackName: "mine" }));
    expect(
      StackEvents.find(
        ({ ResourceStatus, LogicalResourceId }) =>
          LogicalResourceId === "Repo" && ResourceStatus === "CREATE_FAILED",
      )?.ResourceStatusReason,
    ).toMatch(/user\/builder is not authorized to perform: ecr:CreateRepository/);

    const trust = (Service: string) =>
      JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: { Service }, Action: "sts:AssumeRole" }],
      });
    const { Role: other } = await iam.send(
      new CreateRoleCommand({ RoleName: "other", AssumeRolePolicyDocument: trust("ec2.amazonaws.com") }),
    );
    await expect(create("theirs", body, { RoleARN: other?.Arn }, builder)).rejects.toThrow(
      `Role ${other?.Arn} is invalid or cannot be assumed`,
    );
    const { Role } = await iam.send(
      new CreateRoleCommand({
        RoleName: "stack",
        AssumeRolePolicyDocument: trust("cloudformation.amazonaws.com"),
      }),
    );
    await iam.send(
      new PutRolePolicyCommand({ RoleName: "stack", PolicyName: "p", PolicyDocument: allow("ecr:*") }),
    );
    expect((await create("theirs", body, { RoleARN: Role?.Arn }, builder))?.StackStatus).toBe(
      "CREATE_COMPLETE",
    );

    const trail = new CloudTrailClient(roadstead.client(account));
    const { Events = [] } = await trail.send(
      new LookupEventsCommand({
        LookupAttributes: [{ AttributeKey: "EventName", AttributeValue: "CreateRepository" }],
      }),
    );
    const [byRole] = Events.map(({ CloudTrailEvent = "{}" }) => JSON.parse(CloudTrailEvent));
    expect(byRole).toMatchObject({
      sourceIPAddress: "cloudformation.amazonaws.com",
      userIdentity: { arn: expect.stringContaining("assumed-role/stack/AWSCloudFormation") },
    });
    trail.destroy();
    builder.destroy();
    iam.destroy();
  });
});

describe("a request that is not honoured", () => {
  const one = { A: repository("x") };
  test.each<[string, Partial<CreateStackCommandInput>, RegExp]>([
    ["no template", {}, /Either Template URL or Template Body must be specified/],
    ["a template elsewhere", { TemplateURL: "https://example.com/t" }, /does not support TemplateURL/],
    [
      "an unknown type",
      { TemplateBody: template({ A: { Type: "AWS::Lambda::Function" } }) },
      /Unrecognized resource types: \[AWS::Lambda::Function\]/,
    ],
    [
      "an unknown property",
      { TemplateBody: template({ A: repository("x", { Colour: "red" }) }) },
      /extraneous key \[Colour\] is not permitted/,
    ],
    [
      "a role without the capability",
      {
        TemplateBody: template({
          A: { Type: "AWS::IAM::Role", Properties: { AssumeRolePolicyDocument: {} } },
        }),
      },
      /Requires capabilities : \[CAPABILITY_IAM\]/,
    ],
    [
      "an export of nobody",
      {
        TemplateBody: template({
          A: repository("x", { Tags: [{ Key: "a", Value: { "Fn::ImportValue": "none" } }] }),
        }),
      },
      /No export named none found/,
    ],
    [
      "topics",
      { TemplateBody: template(one), NotificationARNs: ["arn:aws:sns:us-east-1:222222222222:t"] },
      /does not support NotificationARNs/,
    ],
    [
      "reserved tags",
      { TemplateBody: template(one), Tags: [{ Key: "aws:x", Value: "1" }] },
      /aws: prefixed tag key names/,
    ],
  ])("%s", async (_what, input, message) => {
    await expect(stacks.send(new CreateStackCommand({ StackName: "wrong", ...input }))).rejects.toThrow(
      message,
    );
  });
});
