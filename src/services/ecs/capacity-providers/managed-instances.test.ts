import {
  DescribeInstancesCommand,
  DescribeLaunchTemplatesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import {
  CreateServiceCommand,
  DeleteCapacityProviderCommand,
  DeleteClusterCommand,
  DeleteServiceCommand,
  DescribeCapacityProvidersCommand,
  RunTaskCommand,
  StopTaskCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import {
  DeleteServiceLinkedRoleCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  GetServiceLinkedRoleDeletionStatusCommand,
} from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { postgresMissing, postgresUrl } from "../../../../test/support/postgres.ts";
import { type TestRoadstead, testRoadstead } from "../../../../test/support/roadstead.ts";
import { type ManagedWorld, managedWorld } from "./managed.testing.ts";

let roadstead: TestRoadstead;

const patience = { timeout: 15_000, interval: 30 };

async function provider(world: ManagedWorld, name: string) {
  const { capacityProviders = [] } = await world.ecs.send(
    new DescribeCapacityProvidersCommand({ capacityProviders: [name] }),
  );
  return capacityProviders[0];
}

async function ec2States(world: ManagedWorld): Promise<readonly (string | undefined)[]> {
  const { Reservations = [] } = await world.ec2.send(new DescribeInstancesCommand({}));
  return Reservations.flatMap(({ Instances = [] }) => Instances).map(({ State }) => State?.Name);
}

const strategy = [{ capacityProvider: "managed", weight: 1 }];

const noPostgres = postgresMissing();

describe("on SQLite", () => providerOfManagedInstances(async () => undefined));
describe.skipIf(noPostgres !== undefined)("on PostgreSQL", () => providerOfManagedInstances(postgresUrl));

function providerOfManagedInstances(open: () => Promise<string | undefined>): void {
  let world: ManagedWorld;
  beforeAll(async () => {
    roadstead = await testRoadstead({ ecsHealthyAfter: 0, databaseUrl: await open() });
    world = await managedWorld(roadstead);
    await world.register();
    await world.provider("managed");
  });
  afterAll(async () => {
    world?.close();
    await roadstead?.stop();
  });

  const network = () => ({ awsvpcConfiguration: { subnets: world.subnets.slice(0, 1) } });

  test("makes the role of ECS Compute, and belongs to its cluster", async () => {
    const { Role } = await world.iam.send(new GetRoleCommand({ RoleName: "AWSServiceRoleForECSCompute" }));
    expect(Role?.Description).toContain("ECS managed instance");
    expect(await provider(world, "managed")).toMatchObject({
      status: "ACTIVE",
      type: "MANAGED_INSTANCES",
      updateStatus: "CREATE_COMPLETE",
    });
  });

  test("launches an instance for a task that waits, and ends it when nothing is on it", async () => {
    const { tasks } = await world.ecs.send(
      new RunTaskCommand({
        taskDefinition: "web",
        capacityProviderStrategy: strategy,
        networkConfiguration: network(),
      }),
    );
    expect(tasks?.[0]).toMatchObject({
      lastStatus: "PROVISIONING",
      launchType: "MANAGED_INSTANCES",
      capacityProviderName: "managed",
    });
    await expect.poll(async () => (await world.tasks())[0]?.lastStatus, patience).toBe("RUNNING");
    const [instance] = await world.instances();
    expect(instance).toMatchObject({
      status: "ACTIVE",
      capacityProviderName: "managed",
      runningTasksCount: 1,
      agentConnected: true,
    });
    const { Reservations } = await world.ec2.send(
      new DescribeInstancesCommand({ InstanceIds: [instance?.ec2InstanceId ?? ""] }),
    );
    expect(Reservations?.[0]?.Instances?.[0]).toMatchObject({
      InstanceType: "c7a.medium",
      Operator: { Managed: true, Principal: "ecs.amazonaws.com" },
      SubnetId: world.subnets[0],
      Tags: [{ Key: "AmazonECSManaged", Value: "true" }],
      State: { Name: "running" },
    });
    const [template] = (await world.ec2.send(new DescribeLaunchTemplatesCommand({}))).LaunchTemplates ?? [];
    expect(template?.Operator).toMatchObject({ Managed: true, Principal: "ecs.amazonaws.com" });
    // Only its operator may end it.
    await expect(
      world.ec2.send(new TerminateInstancesCommand({ InstanceIds: [instance?.ec2InstanceId ?? ""] })),
    ).rejects.toMatchObject({ name: "OperationNotPermitted" });
    await world.ecs.send(new StopTaskCommand({ task: tasks?.[0]?.taskArn }));
    await expect.poll(async () => (await world.instances()).length, patience).toBe(0);
    await expect.poll(() => ec2States(world), patience).toEqual(["terminated"]);
  });

  test("says in EC2's words what its role may not do", async () => {
    const PolicyArn = "arn:aws:iam::aws:policy/AmazonECSInfrastructureRolePolicyForManagedInstances";
    const other = await managedWorld(roadstead);
    await other.register();
    await other.provider("managed");
    await other.iam.send(new DetachRolePolicyCommand({ RoleName: "infrastructure", PolicyArn }));
    const { tasks } = await other.ecs.send(
      new RunTaskCommand({
        taskDefinition: "web",
        capacityProviderStrategy: strategy,
        networkConfiguration: { awsvpcConfiguration: { subnets: other.subnets.slice(0, 1) } },
      }),
    );
    const stopped = async () => (await other.tasks({ desiredStatus: "STOPPED" }))[0];
    await expect.poll(async () => (await stopped())?.lastStatus, patience).toBe("STOPPED");
    expect(tasks).toHaveLength(1);
    expect(await stopped()).toMatchObject({
      stopCode: "TaskFailedToStart",
      stoppedReason: expect.stringMatching(/Unable to launch instance.*UnauthorizedOperation.*ec2:/),
    });
    other.close();
  });

  test("says that the machine has no room for more", async () => {
    await world.register({ family: "huge", cpu: "16384", memory: "60000" });
    const run = () =>
      world.ecs.send(
        new RunTaskCommand({
          taskDefinition: "huge",
          capacityProviderStrategy: strategy,
          networkConfiguration: network(),
        }),
      );
    const first = (await run()).tasks?.[0]?.taskArn;
    const state = async (arn: string | undefined) =>
      [...(await world.tasks()), ...(await world.tasks({ desiredStatus: "STOPPED" }))].find(
        ({ taskArn }) => taskArn === arn,
      );
    await expect.poll(async () => (await state(first))?.lastStatus, patience).toBe("RUNNING");
    const second = (await run()).tasks?.[0]?.taskArn;
    await expect.poll(async () => (await state(second))?.lastStatus, patience).toBe("STOPPED");
    expect((await state(second))?.stoppedReason).toMatch(
      /InsufficientInstanceCapacity: We currently do not have sufficient m6i.4xlarge capacity/,
    );
    expect((await provider(world, "managed"))?.updateStatusReason).toMatch(/InsufficientInstanceCapacity/);
    await world.ecs.send(new StopTaskCommand({ task: first }));
    await expect.poll(async () => (await world.instances()).length, patience).toBe(0);
  });

  test("runs a service, and goes after it: instances, template, provider, role", async () => {
    // Nothing is launched for a while after a failure.
    await fetch(`${roadstead.url}/_roadstead/clock`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ advanceSeconds: 60 }),
    });
    const scale = (desiredCount: number) =>
      world.ecs.send(new UpdateServiceCommand({ service: "web", desiredCount }));
    await world.ecs.send(
      new CreateServiceCommand({
        serviceName: "web",
        taskDefinition: "web",
        desiredCount: 3,
        capacityProviderStrategy: strategy,
        networkConfiguration: network(),
      }),
    );
    const running = async () =>
      (await world.tasks()).filter(({ lastStatus }) => lastStatus === "RUNNING").length;
    await expect.poll(running, { ...patience, timeout: 25_000 }).toBe(3);
    expect((await world.instances()).length).toBeGreaterThan(0);
    await expect(
      world.ecs.send(new DeleteCapacityProviderCommand({ capacityProvider: "managed" })),
    ).rejects.toThrow(/in use by the service 'web'/);
    await scale(0);
    await expect.poll(async () => (await world.instances()).length, patience).toBe(0);
    await world.ecs.send(new DeleteServiceCommand({ service: "web" }));
    const deleteCluster = () =>
      world.ecs.send(new DeleteClusterCommand({ cluster: "default" })).then(
        () => "deleted",
        (error: Error) => error.name,
      );
    await expect.poll(deleteCluster, patience).toBe("ClusterContainsCapacityProviderException");
    const deletion = async () => {
      const { DeletionTaskId } = await world.iam.send(
        new DeleteServiceLinkedRoleCommand({ RoleName: "AWSServiceRoleForECSCompute" }),
      );
      const status = () => world.iam.send(new GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId }));
      await expect.poll(async () => (await status()).Status, patience).toMatch(/FAILED|SUCCEEDED/);
      return await status();
    };
    expect(await deletion()).toMatchObject({
      Status: "FAILED",
      Reason: { RoleUsageList: [{ Resources: [expect.stringContaining("capacity-provider/managed")] }] },
    });
    await expect
      .poll(
        () =>
          world.ecs.send(new DeleteCapacityProviderCommand({ capacityProvider: "managed" })).then(
            () => "deleted",
            (error: Error) => error.message,
          ),
        patience,
      )
      .toBe("deleted");
    await expect.poll(async () => (await provider(world, "managed"))?.status, patience).toBe("INACTIVE");
    expect((await world.ec2.send(new DescribeLaunchTemplatesCommand({}))).LaunchTemplates).toEqual([]);
    expect(new Set(await ec2States(world))).toEqual(new Set(["terminated"]));
    expect(await deletion()).toMatchObject({ Status: "SUCCEEDED" });
    await world.ecs.send(new DeleteClusterCommand({ cluster: "default" }));
  }, 60_000);
}
