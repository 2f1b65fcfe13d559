import { CloudTrailClient, paginateLookupEvents } from "@aws-sdk/client-cloudtrail";
import { DescribeNetworkInterfacesCommand } from "@aws-sdk/client-ec2";
import { ListTasksCommand, RunTaskCommand, StopTaskCommand } from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../../../../test/support/roadstead.ts";
import { type ScriptedRuntime, scriptedRuntime } from "../../../control/tasks/runtime.testing.ts";
import { movableClock } from "../../../kernel/clock.ts";
import { type TaskWorld, taskWorld } from "./world.testing.ts";

const clock = movableClock();
let roadstead: TestRoadstead;
let runtime: ScriptedRuntime;
let world: TaskWorld;

beforeAll(async () => {
  roadstead = await testRoadstead(
    {},
    {
      clock,
      fargate: (sink) => {
        runtime = scriptedRuntime(sink);
        return runtime;
      },
    },
  );
});
afterAll(() => roadstead?.stop());
beforeEach(async () => {
  world = await taskWorld(roadstead);
});

describe("a task on Fargate", () => {
  test("is answered before it has an interface", async () => {
    const task = await world.run();
    expect(task).toMatchObject({
      attachments: [
        {
          type: "ElasticNetworkInterface",
          status: "PRECREATED",
          details: [{ name: "subnetId", value: world.subnets[0] }],
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
    const { taskArn } = await world.run();
    const task = await world.reached(taskArn, "RUNNING");
    expect(task).toMatchObject({ version: 3, connectivity: "CONNECTED", healthStatus: "UNKNOWN" });
    const [attachment] = task.attachments ?? [];
    expect(attachment).toMatchObject({ status: "ATTACHED" });
    const detail = (name: string) => attachment?.details?.find((one) => one.name === name)?.value;
    const eni = detail("networkInterfaceId") ?? "";
    const found = await world.ec2.send(new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [eni] }));
    expect(found.NetworkInterfaces?.[0]).toMatchObject({
      Status: "in-use",
      RequesterManaged: true,
      Description: `arn:aws:ecs:us-east-1:${world.account}:attachment/${attachment?.id}`,
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
    const trail = new CloudTrailClient(roadstead.client(world.account));
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
        arn: `arn:aws:sts::${world.account}:assumed-role/AWSServiceRoleForECS/ecs-eni-provisioning`,
        invokedBy: "ecs.amazonaws.com",
      },
      eventName: "CreateNetworkInterface",
    });
  });

  test("stops when it is told to, and its interface goes", async () => {
    const { taskArn } = await world.run();
    const eni = (await world.reached(taskArn, "RUNNING")).attachments?.[0]?.details?.[1]?.value ?? "";
    const { task: stopping } = await world.ecs.send(new StopTaskCommand({ task: taskArn, reason: "enough" }));
    expect(stopping).toMatchObject({ desiredStatus: "STOPPED", stopCode: "UserInitiated", version: 4 });
    const stopped = await world.reached(taskArn, "STOPPED");
    expect(stopped).toMatchObject({
      version: 6,
      stoppedReason: "enough",
      stopCode: "UserInitiated",
      attachments: [{ status: "DELETED" }],
      containers: [{ lastStatus: "STOPPED", exitCode: 143 }],
    });
    expect(stopped.stoppedAt?.getTime()).toBeGreaterThanOrEqual(stopped.stoppingAt?.getTime() ?? Infinity);
    await expect(
      world.ec2.send(new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [eni] })),
    ).rejects.toMatchObject({ name: "InvalidNetworkInterfaceID.NotFound" });
  });

  test("has a public address when it is asked for", async () => {
    const { taskArn } = await world.run(
      world.fargate({
        networkConfiguration: {
          awsvpcConfiguration: { subnets: world.subnets.slice(0, 1), assignPublicIp: "ENABLED" },
        },
      }),
    );
    const eni = (await world.reached(taskArn, "RUNNING")).attachments?.[0]?.details?.[1]?.value ?? "";
    const found = await world.ec2.send(new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [eni] }));
    expect(found.NetworkInterfaces?.[0]).toMatchObject({
      Association: { PublicIp: expect.stringMatching(/^\d+\./) },
      Attachment: { InstanceOwnerId: "533267384209", DeviceIndex: 1 },
    });
  });

  test("is listed by what it shall come to", async () => {
    const { taskArn } = await world.run();
    await world.reached(taskArn, "RUNNING");
    const listed = async (input: object) => (await world.ecs.send(new ListTasksCommand(input))).taskArns;
    expect(await listed({})).toEqual([taskArn]);
    expect(await listed({ family: "web", launchType: "FARGATE" })).toEqual([taskArn]);
    expect(await listed({ family: "other" })).toEqual([]);
    expect(await listed({ desiredStatus: "STOPPED" })).toEqual([]);
    await world.ecs.send(new StopTaskCommand({ task: taskArn }));
    expect(await listed({})).toEqual([]);
    expect(await listed({ desiredStatus: "STOPPED" })).toEqual([taskArn]);
  });

  test("can be described for an hour after it stopped", async () => {
    const { taskArn } = await world.run();
    await world.reached(taskArn, "RUNNING");
    await world.ecs.send(new StopTaskCommand({ task: taskArn }));
    await world.reached(taskArn, "STOPPED");
    clock.advance(59 * 60_000);
    expect((await world.described(taskArn)).lastStatus).toBe("STOPPED");
    clock.advance(2 * 60_000);
    await expect
      .poll(async () => (await world.described(taskArn)).lastStatus, { timeout: 20_000 })
      .toBeUndefined();
  });

  test("is run once for one client token", async () => {
    const input = world.fargate({ clientToken: "once", count: 2 });
    const { tasks = [] } = await world.ecs.send(new RunTaskCommand(input));
    const again = await world.ecs.send(new RunTaskCommand(input));
    expect(tasks).toHaveLength(2);
    expect(again.tasks?.map(({ taskArn }) => taskArn)).toEqual(tasks.map(({ taskArn }) => taskArn));
    await expect(world.ecs.send(new RunTaskCommand({ ...input, count: 1 }))).rejects.toMatchObject({
      name: "ConflictException",
      resourceIds: tasks.map(({ taskArn }) => taskArn),
    });
  });

  test("has the tags of its definition, the call's and ECS's own, and so has its interface", async () => {
    await world.register({
      tags: [
        { key: "team", value: "a" },
        { key: "stage", value: "b" },
      ],
    });
    const task = await world.run(
      world.fargate({
        propagateTags: "TASK_DEFINITION",
        enableECSManagedTags: true,
        tags: [{ key: "stage", value: "c" }],
      }),
    );
    expect(task.tags).toEqual([
      { key: "team", value: "a" },
      { key: "stage", value: "c" },
      { key: "aws:ecs:clusterName", value: "default" },
    ]);
    const running = await world.reached(task.taskArn, "RUNNING");
    expect(running.tags).toEqual([]);
    const eni = running.attachments?.[0]?.details?.[1]?.value ?? "";
    const found = await world.ec2.send(new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [eni] }));
    expect(found.NetworkInterfaces?.[0]?.TagSet).toEqual([{ Key: "aws:ecs:clusterName", Value: "default" }]);
  });

  test("runs with its overrides", async () => {
    const task = await world.run(
      world.fargate({
        overrides: {
          cpu: "512",
          memory: "1024",
          containerOverrides: [
            { name: "main", command: ["a"], environment: [{ name: "B", value: "2" }], memory: 64 },
          ],
        },
      }),
    );
    expect(task).toMatchObject({
      cpu: "512",
      memory: "1024",
      overrides: { cpu: "512", containerOverrides: [{ name: "main", command: ["a"] }] },
      containers: [{ memory: "64" }],
    });
    await world.reached(task.taskArn, "RUNNING");
    expect(runtime.specs.get(task.taskArn ?? "")).toMatchObject({
      cpu: 512,
      memory: 1024,
      containers: [{ definition: { command: ["a"], environment: [{ name: "B", value: "2" }], memory: 64 } }],
    });
  });
});
