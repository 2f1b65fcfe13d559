import {
  DeleteTaskDefinitionsCommand,
  DeregisterTaskDefinitionCommand,
  DescribeTaskDefinitionCommand,
  ECSClient,
  ListTagsForResourceCommand,
  ListTaskDefinitionFamiliesCommand,
  ListTaskDefinitionsCommand,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
} from "@aws-sdk/client-ecs";
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../../../../test/support/roadstead.ts";

/** Task definitions through an official SDK client. Shapes are those of recorded answers. */

let roadstead: TestRoadstead;
let ecs: ECSClient;
beforeAll(async () => {
  roadstead = await testRoadstead({ ecsRuntime: "none" });
  ecs = new ECSClient(roadstead.client());
});
afterAll(async () => {
  ecs.destroy();
  await roadstead.stop();
});

const arnOf = (name: string) => `arn:aws:ecs:us-east-1:000000000000:task-definition/${name}`;
const app = { name: "app", image: "busybox", memory: 64 };
const register = (family: string, over: Partial<RegisterTaskDefinitionCommandInput> = {}) =>
  ecs.send(new RegisterTaskDefinitionCommand({ family, containerDefinitions: [app], ...over }));

test("defaults are filled in, everything else is answered as it was sent", async () => {
  const { taskDefinition } = await register("bridge", {
    containerDefinitions: [
      {
        ...app,
        command: ["sh"],
        portMappings: [{ containerPort: 80 }],
        healthCheck: { command: ["CMD", "true"] },
        mountPoints: [{ sourceVolume: "v", containerPath: "/v" }],
        dockerLabels: { a: "b" },
      },
    ],
    volumes: [{ name: "v" }],
  });
  expect(taskDefinition).toEqual({
    taskDefinitionArn: arnOf("bridge:1"),
    family: "bridge",
    revision: 1,
    status: "ACTIVE",
    networkMode: "bridge",
    compatibilities: ["EXTERNAL", "EC2"],
    requiresAttributes: [
      { name: "ecs.capability.container-health-check" },
      { name: "com.amazonaws.ecs.capability.docker-remote-api.1.24" },
    ],
    placementConstraints: [],
    volumes: [{ name: "v", host: {} }],
    registeredAt: expect.any(Date),
    registeredBy: "arn:aws:iam::000000000000:root",
    containerDefinitions: [
      {
        ...app,
        command: ["sh"],
        cpu: 0,
        essential: true,
        environment: [],
        volumesFrom: [],
        systemControls: [],
        mountPoints: [{ sourceVolume: "v", containerPath: "/v" }],
        portMappings: [{ containerPort: 80, hostPort: 0, protocol: "tcp" }],
        healthCheck: { command: ["CMD", "true"], interval: 30, timeout: 5, retries: 3 },
        dockerLabels: { a: "b" },
      },
    ],
  });
});

test("a Fargate definition can run on every kind of managed capacity, its size in numbers", async () => {
  const { taskDefinition } = await register("fargate", {
    requiresCompatibilities: ["FARGATE"],
    networkMode: "awsvpc",
    cpu: ".25 vCPU",
    memory: "0.5 GB",
    taskRoleArn: "short",
    containerDefinitions: [{ ...app, portMappings: [{ containerPort: 80 }], stopTimeout: 30 }],
  });
  expect(taskDefinition).toMatchObject({
    compatibilities: ["EC2", "FARGATE", "MANAGED_INSTANCES"],
    requiresCompatibilities: ["FARGATE"],
    cpu: "256",
    memory: "512",
    taskRoleArn: "arn:aws:iam::000000000000:role/short",
    requiresAttributes: [
      { name: "ecs.capability.container-ordering" },
      { name: "com.amazonaws.ecs.capability.task-iam-role" },
      { name: "com.amazonaws.ecs.capability.docker-remote-api.1.18" },
      { name: "ecs.capability.task-eni" },
    ],
    containerDefinitions: [{ portMappings: [{ containerPort: 80, hostPort: 80, protocol: "tcp" }] }],
  });
});

test("AWS: a long stop leaves Fargate out of what was not asked for", async () => {
  const { taskDefinition } = await register("slow", {
    networkMode: "awsvpc",
    cpu: "256",
    memory: "512",
    containerDefinitions: [{ ...app, stopTimeout: 121 }],
  });
  expect(taskDefinition?.compatibilities).toEqual(["EC2", "MANAGED_INSTANCES"]);
});

test("revisions count up for ever; a family alone means the newest active one", async () => {
  for (let i = 0; i < 3; i++) await register("life");
  const { taskDefinition: gone } = await ecs.send(
    new DeregisterTaskDefinitionCommand({ taskDefinition: "life:3" }),
  );
  expect(gone).toMatchObject({ status: "INACTIVE", deregisteredAt: expect.any(Date) });
  const describe = async (taskDefinition: string) =>
    (await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition }))).taskDefinition;
  expect(await describe("life")).toMatchObject({ revision: 2, status: "ACTIVE" });
  expect(await describe(arnOf("life:3"))).toMatchObject({ status: "INACTIVE" });

  const deleted = await ecs.send(
    new DeleteTaskDefinitionsCommand({ taskDefinitions: ["life:3", "life:2", "life", "life:9"] }),
  );
  expect(deleted.taskDefinitions).toEqual([
    expect.objectContaining({
      taskDefinitionArn: arnOf("life:3"),
      status: "DELETE_IN_PROGRESS",
      deregisteredAt: expect.any(Date),
      deleteRequestedAt: expect.any(Date),
    }),
  ]);
  expect(deleted.failures).toEqual([
    {
      arn: "life:2",
      reason:
        "The specified task definition is still in ACTIVE status. Please deregister the target and try again.",
    },
    {
      arn: "life",
      reason:
        "The specified task definition identifier is invalid. Specify a valid name or ARN and try again.",
    },
    {
      arn: "life:9",
      reason:
        "The specified task definition does not exist. Specify a valid account, family, revision and try again.",
    },
  ]);
  expect((await register("life")).taskDefinition?.revision).toBe(4);

  const advance = (minutes: number) =>
    fetch(`${roadstead.url}/_roadstead/clock`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ advanceSeconds: minutes * 60 }),
    });
  expect((await advance(61)).status).toBe(200);
  await expect
    .poll(() => describe("life:3").catch((error: Error) => error.message), { timeout: 20_000 })
    .toBe("Unable to describe task definition.");
  expect((await register("life")).taskDefinition?.revision).toBe(5);
});

test.each([
  [
    "nothing",
    new DescribeTaskDefinitionCommand({ taskDefinition: "nothing" }),
    "Unable to describe task definition.",
  ],
  [
    "nothing:1",
    new DeregisterTaskDefinitionCommand({ taskDefinition: "nothing:1" }),
    "Unable to describe task definition.",
  ],
  ["nothing", new DeregisterTaskDefinitionCommand({ taskDefinition: "nothing" }), "Revision is missing."],
  [
    "another region's",
    new DescribeTaskDefinitionCommand({
      taskDefinition: arnOf("bridge:1").replace("us-east-1", "eu-west-1"),
    }),
    "Unable to describe task definition.",
  ],
])("%s is not found", async (_what, command, message) => {
  await expect(ecs.send(command as DescribeTaskDefinitionCommand)).rejects.toMatchObject({
    name: "ClientException",
    message,
  });
});

test("lists are ordered, filtered and cut in pages", async () => {
  for (const family of ["list-b", "list-a", "list-a"]) await register(family);
  await register("list-old");
  await ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: "list-old:1" }));
  const all = async (input: object) => {
    const found: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await ecs.send(new ListTaskDefinitionsCommand({ ...input, maxResults: 2, nextToken }));
      found.push(...(page.taskDefinitionArns ?? []));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return found.filter((arn) => arn.includes("/list-")).map((arn) => arn.split("/")[1]);
  };
  expect(await all({})).toEqual(["list-a:1", "list-a:2", "list-b:1"]);
  expect(await all({ sort: "DESC" })).toEqual(["list-b:1", "list-a:2", "list-a:1"]);
  expect(await all({ familyPrefix: "list-b" })).toEqual(["list-b:1"]);
  expect(await all({ familyPrefix: "list-" })).toEqual([]);
  expect(await all({ status: "INACTIVE", familyPrefix: "list-old" })).toEqual(["list-old:1"]);

  const families = async (input: object) =>
    (await ecs.send(new ListTaskDefinitionFamiliesCommand({ familyPrefix: "list-", ...input }))).families;
  expect(await families({})).toEqual(["list-a", "list-b", "list-old"]);
  expect(await families({ status: "ACTIVE" })).toEqual(["list-a", "list-b"]);
  expect(await families({ status: "INACTIVE" })).toEqual(["list-old"]);
  const first = await ecs.send(
    new ListTaskDefinitionFamiliesCommand({ familyPrefix: "list-", maxResults: 2 }),
  );
  expect(first.families).toEqual(["list-a", "list-b"]);
  expect(await families({ nextToken: first.nextToken })).toEqual(["list-old"]);
});

test("tags come with the definition and are found by its ARN", async () => {
  const tags = [{ key: "team", value: "a" }];
  expect((await register("tagged", { tags })).tags).toEqual(tags);
  const described = await ecs.send(
    new DescribeTaskDefinitionCommand({ taskDefinition: "tagged", include: ["TAGS"] }),
  );
  expect(described.tags).toEqual(tags);
  const listed = await ecs.send(new ListTagsForResourceCommand({ resourceArn: arnOf("tagged:1") }));
  expect(listed.tags).toEqual(tags);
});

test("roles are passed, privileged containers are seen by policies", async () => {
  const iam = new IAMClient(roadstead.client());
  await iam.send(new CreateUserCommand({ UserName: "ann" }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: "ann" }));
  const statement = [
    {
      Effect: "Allow",
      Action: "ecs:RegisterTaskDefinition",
      Resource: arnOf("mine:*"),
      Condition: { Bool: { "ecs:privileged": "false" }, NumericLessThanEquals: { "ecs:task-cpu": "512" } },
    },
    {
      Effect: "Allow",
      Action: "iam:PassRole",
      Resource: "arn:aws:iam::000000000000:role/good",
      Condition: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
    },
  ];
  const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: statement });
  await iam.send(new PutUserPolicyCommand({ UserName: "ann", PolicyName: "p", PolicyDocument }));
  const ann = new ECSClient({
    ...roadstead.client(),
    credentials: {
      accessKeyId: AccessKey?.AccessKeyId ?? "",
      secretAccessKey: AccessKey?.SecretAccessKey ?? "",
    },
  });
  const asAnn = (over: Partial<RegisterTaskDefinitionCommandInput>) =>
    ann.send(
      new RegisterTaskDefinitionCommand({
        family: "mine",
        cpu: "0.5 vCPU",
        containerDefinitions: [app],
        ...over,
      }),
    );
  expect((await asAnn({ taskRoleArn: "good" })).taskDefinition?.registeredBy).toBe(
    "arn:aws:iam::000000000000:user/ann",
  );
  for (const refused of [
    { family: "yours" },
    { cpu: "1024" },
    { containerDefinitions: [{ ...app, privileged: true }] },
    { taskRoleArn: "bad" },
    { executionRoleArn: "arn:aws:iam::000000000000:role/bad" },
  ]) {
    await expect(asAnn(refused)).rejects.toMatchObject({ name: "AccessDeniedException" });
  }
  ann.destroy();
  iam.destroy();
});
