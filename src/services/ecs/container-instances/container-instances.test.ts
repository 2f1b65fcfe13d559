import {
  type Attribute,
  CreateClusterCommand,
  DeleteAttributesCommand,
  DeleteClusterCommand,
  DeregisterContainerInstanceCommand,
  DescribeClustersCommand,
  DescribeContainerInstancesCommand,
  DiscoverPollEndpointCommand,
  ECSClient,
  ListAttributesCommand,
  ListContainerInstancesCommand,
  ListTagsForResourceCommand,
  PutAttributesCommand,
  RegisterContainerInstanceCommand,
  type RegisterContainerInstanceCommandInput,
  SubmitAttachmentStateChangesCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateContainerAgentCommand,
  UpdateContainerInstancesStateCommand,
} from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hostImage, joinedHost } from "../../../../test/support/ec2-host.ts";
import { type TestRoadstead, testRoadstead } from "../../../../test/support/roadstead.ts";
import { withClientToken } from "../../../runtime/agent/client-token.ts";

let roadstead: TestRoadstead;
let accounts = 0;

/** A client of an account that nobody has used, with a default cluster. */
async function fresh(): Promise<ECSClient> {
  accounts += 1;
  const ecs = new ECSClient({ ...roadstead.client(String(310_000_000_000 + accounts)), maxAttempts: 1 });
  await ecs.send(new CreateClusterCommand({}));
  return ecs;
}

beforeAll(async () => {
  roadstead = await testRoadstead({ ecsRuntime: "none" });
});
afterAll(() => roadstead.stop());

const totalResources = [
  { name: "CPU", type: "INTEGER", integerValue: 2048 },
  { name: "MEMORY", type: "INTEGER", integerValue: 1000 },
  { name: "PORTS", type: "STRINGSET", stringSetValue: ["22"] },
  { name: "PORTS_UDP", type: "STRINGSET", stringSetValue: [] },
];
/** Of those that an Amazon ECS agent sends. */
const sent: Attribute[] = [
  { name: "com.amazonaws.ecs.capability.docker-remote-api.1.17" },
  { name: "ecs.capability.external" },
  { name: "ecs.os-type", value: "linux" },
];

async function register(ecs: ECSClient, more: Partial<RegisterContainerInstanceCommandInput> = {}) {
  const { containerInstance } = await ecs.send(
    new RegisterContainerInstanceCommand({ totalResources, attributes: sent, ...more }),
  );
  return { ...containerInstance, arn: containerInstance?.containerInstanceArn ?? "" };
}

const described = async (ecs: ECSClient, arn: string) =>
  (await ecs.send(new DescribeContainerInstancesCommand({ containerInstances: [arn], include: ["TAGS"] })))
    .containerInstances?.[0];

describe("a container instance", () => {
  test("is answered with every attribute that was sent", async () => {
    const ecs = await fresh();
    const made = await register(ecs, { tags: [{ key: "tier", value: "t2" }] });
    expect(made).toMatchObject({
      containerInstanceArn: expect.stringMatching(
        /^arn:aws:ecs:us-east-1:\d{12}:container-instance\/default\/[0-9a-f]{32}$/,
      ),
      status: "ACTIVE",
      agentConnected: false,
      version: 1,
      attributes: sent,
      registeredResources: totalResources,
      remainingResources: totalResources,
      runningTasksCount: 0,
      pendingTasksCount: 0,
      tags: [{ key: "tier", value: "t2" }],
    });
    const { clusters } = await ecs.send(new DescribeClustersCommand({}));
    expect(clusters?.[0]?.registeredContainerInstancesCount).toBe(1);
    const { containerInstanceArns } = await ecs.send(new ListContainerInstancesCommand({}));
    expect(containerInstanceArns).toEqual([made.arn]);
  });

  test("of EC2 is what its signed identity document says", async () => {
    const ecs = await fresh();
    const client = roadstead.client(String(310_000_000_000 + accounts));
    const { id, identity } = await joinedHost(roadstead, client);
    const rack = [{ name: "rack", value: "1" }];
    const made = await register(ecs, { attributes: rack, ...identity });
    expect(made.ec2InstanceId).toBe(id);
    expect(made.attributes).toEqual(
      expect.arrayContaining([
        { name: "ecs.availability-zone", value: "us-east-1a" },
        { name: "ecs.instance-type", value: "t3.small" },
        { name: "ecs.ami-id", value: hostImage?.id },
        { name: "ecs.cpu-architecture", value: hostImage?.architecture },
        ...rack,
      ]),
    );
    const { instanceIdentityDocument: document } = identity;
    const forged = { ...identity, instanceIdentityDocument: document.replace("t3.small", "t3.large") };
    const unsigned = { instanceIdentityDocument: document };
    const elsewhere = await fresh();
    for (const [who, more] of [
      [ecs, forged],
      [ecs, unsigned],
      [ecs, {}],
      [elsewhere, identity],
    ] as const) {
      await expect(register(who, { attributes: rack, ...more })).rejects.toMatchObject({
        name: "ClientException",
        message: "The identity document and identity document signature were not valid",
      });
    }
  });

  test("is registered once for one token of its agent", async () => {
    const ecs = await fresh();
    const post = async (clientToken: string) => {
      const command = new RegisterContainerInstanceCommand({ totalResources, attributes: sent });
      const { containerInstance } = await ecs.send(withClientToken(command, clientToken));
      return containerInstance?.containerInstanceArn;
    };
    const first = await post("a45f");
    expect(await post("a45f")).toBe(first);
    expect(await post("b777")).not.toBe(first);
    await ecs.send(new DeregisterContainerInstanceCommand({ containerInstance: first }));
    expect(await post("a45f")).not.toBe(first);
  });

  test("that registers again keeps its ARN and its own attributes, and tells its capabilities anew", async () => {
    const ecs = await fresh();
    const { arn } = await register(ecs, { attributes: [...sent, { name: "rack", value: "1" }] });
    const attributes = [{ name: "ecs.capability.external" }, { name: "ecs.capability.new" }];
    const again = await register(ecs, { containerInstanceArn: arn, attributes });
    expect(again.arn).toBe(arn);
    expect(again.attributes).toEqual([
      { name: "ecs.os-type", value: "linux" },
      { name: "rack", value: "1" },
      ...attributes,
    ]);
  });

  test("is drained and taken into use again, others are told as failures", async () => {
    const ecs = await fresh();
    const { arn } = await register(ecs);
    const missing = arn.replace(/[0-9a-f]{32}$/, "0".repeat(32));
    const drained = await ecs.send(
      new UpdateContainerInstancesStateCommand({ containerInstances: [arn, missing], status: "DRAINING" }),
    );
    expect(drained.containerInstances).toMatchObject([{ status: "DRAINING", version: 2 }]);
    expect(drained.failures).toEqual([{ arn: missing, reason: "MISSING" }]);
    const list = (status?: "ACTIVE" | "DRAINING") =>
      ecs
        .send(new ListContainerInstancesCommand({ status }))
        .then(({ containerInstanceArns }) => containerInstanceArns);
    expect(await list("DRAINING")).toEqual([arn]);
    expect(await list("ACTIVE")).toEqual([]);
    expect(await list()).toEqual([arn]);
    const filter = (expression: string) =>
      ecs
        .send(new ListContainerInstancesCommand({ filter: expression }))
        .then(({ containerInstanceArns }) => containerInstanceArns);
    expect(await filter("attribute:ecs.os-type == linux and agentConnected == false")).toEqual([arn]);
    expect(await filter("attribute:ecs.os-type == windows")).toEqual([]);
    await ecs.send(new UpdateContainerInstancesStateCommand({ containerInstances: [arn], status: "ACTIVE" }));
    expect(await described(ecs, arn)).toMatchObject({ status: "ACTIVE", version: 3 });
  });

  test("keeps its cluster until it is deregistered, and is described as INACTIVE afterwards", async () => {
    const ecs = await fresh();
    const { arn } = await register(ecs);
    await expect(ecs.send(new DeleteClusterCommand({ cluster: "default" }))).rejects.toMatchObject({
      name: "ClusterContainsContainerInstancesException",
      message: "The Cluster cannot be deleted while Container Instances are active or draining.",
    });
    await ecs.send(new DeregisterContainerInstanceCommand({ containerInstance: arn }));
    expect(await described(ecs, arn)).toMatchObject({ status: "INACTIVE", agentConnected: false });
    await expect(register(ecs, { containerInstanceArn: arn })).rejects.toMatchObject({
      name: "ClientException",
    });
    await ecs.send(new DeleteClusterCommand({ cluster: "default" }));
  });

  test("has attributes that are put, listed, and taken away", async () => {
    const ecs = await fresh();
    const { arn } = await register(ecs);
    const targetId = arn;
    const put = [
      { name: "rack", value: "1", targetId },
      { name: "ssd", targetId: arn.split("/").at(-1) },
    ];
    await ecs.send(new PutAttributesCommand({ attributes: put }));
    const list = async (more: object = {}) =>
      (await ecs.send(new ListAttributesCommand({ targetType: "container-instance", ...more }))).attributes;
    expect(await list({ attributeName: "rack" })).toEqual([
      { name: "rack", value: "1", targetId: arn, targetType: "container-instance" },
    ]);
    expect(await list({ attributeName: "rack", attributeValue: "2" })).toEqual([]);
    expect((await list())?.map(({ name }) => name)).toEqual([...sent.map(({ name }) => name), "rack", "ssd"]);
    await ecs.send(new DeleteAttributesCommand({ attributes: [{ name: "rack", targetId }] }));
    expect(await list({ attributeName: "rack" })).toEqual([]);
  });

  test("is tagged and untagged", async () => {
    const ecs = await fresh();
    const { arn: resourceArn } = await register(ecs);
    const tags = [
      { key: "a", value: "1" },
      { key: "b", value: "2" },
    ];
    await ecs.send(new TagResourceCommand({ resourceArn, tags }));
    await ecs.send(new UntagResourceCommand({ resourceArn, tagKeys: ["a", "none"] }));
    expect((await ecs.send(new ListTagsForResourceCommand({ resourceArn }))).tags).toEqual([tags[1]]);
  });

  test("is told to connect where it has called", async () => {
    const ecs = await fresh();
    const { endpoint, telemetryEndpoint } = await ecs.send(new DiscoverPollEndpointCommand({}));
    expect(endpoint).toBe(`${roadstead.url}/ecs-agent/acs/`);
    expect(telemetryEndpoint).toBe(`${roadstead.url}/ecs-agent/tcs/`);
  });
});

const noOne = "0".repeat(32);

describe("what is refused", () => {
  test.each([
    [
      new RegisterContainerInstanceCommand({ cluster: "no" }),
      "ClusterNotFoundException",
      "Cluster not found.",
    ],
    [
      new RegisterContainerInstanceCommand({ attributes: [{ name: "a b" }] }),
      "InvalidParameterException",
      /^Attribute names can have/,
    ],
    [
      new RegisterContainerInstanceCommand({
        attributes: [...sent, ...Array.from({ length: 11 }, (_, n) => ({ name: `own${n}` }))],
      }),
      "AttributeLimitExceededException",
      "A container instance can have up to 10 custom attributes.",
    ],
    [
      new RegisterContainerInstanceCommand({ instanceIdentityDocument: "{}" }),
      "ClientException",
      "The identity document and identity document signature were not valid",
    ],
    [
      new DescribeContainerInstancesCommand({ containerInstances: [] }),
      "InvalidParameterException",
      "Container Instances cannot be empty.",
    ],
    [
      new UpdateContainerInstancesStateCommand({ containerInstances: [noOne], status: "REGISTERING" }),
      "InvalidParameterException",
      "Container instance status should be one of [ACTIVE, DRAINING]",
    ],
    [
      new UpdateContainerInstancesStateCommand({
        containerInstances: Array.from({ length: 11 }, (_, n) => `${n}`),
        status: "ACTIVE",
      }),
      "InvalidParameterException",
      "instanceIds can have at most 10 items.",
    ],
    [
      new DeregisterContainerInstanceCommand({ containerInstance: noOne }),
      "InvalidParameterException",
      "Container instance not found.",
    ],
    [
      new PutAttributesCommand({ attributes: [{ name: "a", targetId: noOne }] }),
      "TargetNotFoundException",
      /was not found/,
    ],
    [
      new TagResourceCommand({ resourceArn: "arn:aws:s3:::b", tags: [] }),
      "InvalidParameterException",
      /^Invalid ARN/,
    ],
    [
      new SubmitAttachmentStateChangesCommand({
        attachments: [{ attachmentArn: "nonsense", status: "ATTACHED" }],
      }),
      "InvalidParameterException",
      "The attachment nonsense is not of this account.",
    ],
    [new DiscoverPollEndpointCommand({ cluster: "no" }), "ClusterNotFoundException", "Cluster not found."],
  ] as const)("%#", async (command, name, message) => {
    const ecs = await fresh();
    const refusal = await ecs.send(command as never).then(
      () => undefined,
      (error: Error) => error,
    );
    expect(refusal).toMatchObject({ name });
    expect(refusal?.message).toMatch(message);
  });

  test("but not what an agent tells of an attachment of its account", async () => {
    const ecs = await fresh();
    const attachmentArn = `arn:aws:ecs:us-east-1:${310_000_000_000 + accounts}:attachment/0123`;
    const attachments = [{ attachmentArn, status: "ATTACHED" }];
    const { acknowledgment } = await ecs.send(new SubmitAttachmentStateChangesCommand({ attachments }));
    expect(acknowledgment).toBe("ACCEPT");
  });

  test("an update of an agent: there is none", async () => {
    const ecs = await fresh();
    const { arn: unknown } = await register(ecs);
    const { arn: known } = await register(ecs, { versionInfo: { agentVersion: "1.105.1" } });
    const update = (containerInstance: string) =>
      ecs.send(new UpdateContainerAgentCommand({ containerInstance }));
    await expect(update(unknown)).rejects.toMatchObject({ name: "MissingVersionException" });
    await expect(update(known)).rejects.toMatchObject({ name: "NoUpdateAvailableException" });
  });

  test("tags of a cluster that is deleted", async () => {
    const ecs = await fresh();
    const { cluster } = await ecs.send(new DeleteClusterCommand({ cluster: "default" }));
    const resourceArn = cluster?.clusterArn ?? "";
    await expect(ecs.send(new ListTagsForResourceCommand({ resourceArn }))).rejects.toMatchObject({
      name: "InvalidParameterException",
      message: "The specified cluster is inactive. Specify an active cluster and try again.",
    });
  });
});
