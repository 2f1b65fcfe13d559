import { CloudTrailClient, paginateLookupEvents } from "@aws-sdk/client-cloudtrail";
import { DescribeNetworkInterfacesCommand, DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  CreateClusterCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  type RunTaskCommandInput,
  StopTaskCommand,
  type Task,
} from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../../../../test/support/roadstead.ts";
import { type ScriptedRuntime, scriptedRuntime } from "../../../control/tasks/runtime.testing.ts";

let roadstead: TestRoadstead;
let runtime: ScriptedRuntime;
let accounts = 100_000_000_000;
let account: string;
let ecs: ECSClient;
let ec2: EC2Client;
let subnets: string[];

beforeAll(async () => {
  roadstead = await testRoadstead({}, { fargate: (sink) => (runtime = scriptedRuntime(sink)) });
});
afterAll(() => roadstead?.stop());

beforeEach(async () => {
  account = String(++accounts);
  ecs = new ECSClient(roadstead.client(account));
  ec2 = new EC2Client(roadstead.client(account));
  await ecs.send(new CreateClusterCommand({}));
  const found = await ec2.send(new DescribeSubnetsCommand({}));
  subnets = (found.Subnets ?? []).map(({ SubnetId = "" }) => SubnetId);
  await ecs.send(
    new RegisterTaskDefinitionCommand({
      family: "web",
      networkMode: "awsvpc",
      requiresCompatibilities: ["FARGATE"],
      cpu: "256",
      memory: "512",
      containerDefinitions: [{ name: "main", image: "web:1", essential: true }],
    }),
  );
});

const fargate = (more: Partial<RunTaskCommandInput> = {}): RunTaskCommandInput => ({
  taskDefinition: "web",
  launchType: "FARGATE",
  networkConfiguration: { awsvpcConfiguration: { subnets: subnets.slice(0, 1) } },
  ...more,
});

async function run(input = fargate()): Promise<Task> {
  const { tasks } = await ecs.send(new RunTaskCommand(input));
  return tasks?.[0] ?? {};
}

async function described(taskArn = ""): Promise<Task> {
  const { tasks } = await ecs.send(new DescribeTasksCommand({ tasks: [taskArn] }));
  return tasks?.[0] ?? {};
}

/** Waits for a status; a task that never comes to it fails the test by its time limit. */
async function reached(taskArn: string | undefined, status: string): Promise<Task> {
  for (;;) {
    const task = await described(taskArn);
    if (task.lastStatus === status) return task;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe("a task on Fargate", () => {
  test("is answered before it has an interface", async () => {
    const task = await run();
    expect(task).toMatchObject({
      attachments: [
        {
          type: "ElasticNetworkInterface",
          status: "PRECREATED",
          details: [{ name: "subnetId", value: subnets[0] }],
        },
      ],
      attributes: [{ name: "ecs.cpu-architecture", value: "x86_64" }],
      containers: [{ name: "main", image: "web:1", lastStatus: "PENDING", networkInterfaces: [], cpu: "0" }],
      cpu: "256",
      memory: "512",
      desiredStatus: "RUNNING",
      lastStatus: "PROVISIONING",
      group: "family:web",
      launchType: "FARGATE",
      platformVersion: "1.4.0",
      platformFamily: "Linux",
      ephemeralStorage: { sizeInGiB: 20 },
      fargateEphemeralStorage: { sizeInGiB: 20 },
      overrides: { containerOverrides: [{ name: "main" }], inferenceAcceleratorOverrides: [] },
      tags: [],
      version: 1,
    });
    expect(task.containers?.[0]).not.toHaveProperty("healthStatus");
    expect(task.taskArn).toMatch(/^arn:aws:ecs:us-east-1:\d{12}:task\/default\/[0-9a-f]{32}$/);
    expect(task.containers?.[0]?.containerArn).toContain(
      `:container/default/${task.taskArn?.split("/")[2]}/`,
    );
  });

  test("runs with an interface that the service-linked role made", async () => {
    const { taskArn } = await run();
    const task = await reached(taskArn, "RUNNING");
    expect(task).toMatchObject({ version: 3, connectivity: "CONNECTED", healthStatus: "UNKNOWN" });
    const [attachment] = task.attachments ?? [];
    expect(attachment).toMatchObject({ status: "ATTACHED" });
    const detail = (name: string) => attachment?.details?.find((one) => one.name === name)?.value;
    const eni = detail("networkInterfaceId") ?? "";
    const found = await ec2.send(new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [eni] }));
    expect(found.NetworkInterfaces?.[0]).toMatchObject({
      Status: "in-use",
      RequesterManaged: true,
      Description: `arn:aws:ecs:us-east-1:${account}:attachment/${attachment?.id}`,
      PrivateIpAddress: detail("privateIPv4Address"),
      MacAddress: detail("macAddress"),
      AvailabilityZone: task.availabilityZone,
    });
    const spec = runtime.specs.get(taskArn ?? "");
    expect(spec?.networkInterface).toMatchObject({
      networkInterfaceId: eni,
      privateIpv4Address: detail("privateIPv4Address"),
      vpcCidr: "172.31.0.0/16",
    });
    const trail = new CloudTrailClient(roadstead.client(account));
    const made: object[] = [];
    const pages = paginateLookupEvents(
      { client: trail },
      { LookupAttributes: [{ AttributeKey: "EventName", AttributeValue: "CreateNetworkInterface" }] },
    );
    for await (const page of pages) {
      for (const event of page.Events ?? []) made.push(JSON.parse(event.CloudTrailEvent ?? "{}"));
    }
    expect(made[0]).toMatchObject({
      userIdentity: {
        arn: `arn:aws:sts::${account}:assumed-role/AWSServiceRoleForECS/ecs-eni-provisioning`,
        invokedBy: "ecs.amazonaws.com",
      },
      eventName: "CreateNetworkInterface",
    });
  });

  test("stops when it is told to, and its interface goes", async () => {
    const { taskArn } = await run();
    const eni = (await reached(taskArn, "RUNNING")).attachments?.[0]?.details?.[1]?.value ?? "";
    const { task: stopping } = await ecs.send(new StopTaskCommand({ task: taskArn, reason: "enough" }));
    expect(stopping).toMatchObject({ desiredStatus: "STOPPED", stopCode: "UserInitiated", version: 4 });
    const stopped = await reached(taskArn, "STOPPED");
    expect(stopped).toMatchObject({
      version: 6,
      stoppedReason: "enough",
      stopCode: "UserInitiated",
      attachments: [{ status: "DELETED" }],
      containers: [{ lastStatus: "STOPPED", exitCode: 143 }],
    });
    expect(stopped.stoppedAt?.getTime()).toBeGreaterThanOrEqual(stopped.stoppingAt?.getTime() ?? Infinity);
    await expect(
      ec2.send(new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [eni] })),
    ).rejects.toMatchObject({ name: "InvalidNetworkInterfaceID.NotFound" });
  });

  test("is listed by what it shall come to", async () => {
    const { taskArn } = await run();
    await reached(taskArn, "RUNNING");
    const listed = async (input: object) => (await ecs.send(new ListTasksCommand(input))).taskArns;
    expect(await listed({})).toEqual([taskArn]);
    expect(await listed({ family: "web", launchType: "FARGATE" })).toEqual([taskArn]);
    expect(await listed({ family: "other" })).toEqual([]);
    expect(await listed({ desiredStatus: "STOPPED" })).toEqual([]);
    await ecs.send(new StopTaskCommand({ task: taskArn }));
    expect(await listed({})).toEqual([]);
    expect(await listed({ desiredStatus: "STOPPED" })).toEqual([taskArn]);
  });
});
