import {
  CreateDaemonCommand,
  CreateServiceCommand,
  DeleteDaemonCommand,
  DeleteDaemonTaskDefinitionCommand,
  DescribeDaemonCommand,
  DescribeDaemonDeploymentsCommand,
  DescribeDaemonRevisionsCommand,
  DescribeDaemonTaskDefinitionCommand,
  ListDaemonDeploymentsCommand,
  ListDaemonsCommand,
  ListDaemonTaskDefinitionsCommand,
  RegisterDaemonTaskDefinitionCommand,
  StopTaskCommand,
  UpdateDaemonCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../../../../test/support/roadstead.ts";
import { type ManagedWorld, managedWorld } from "../capacity-providers/managed.testing.ts";

let roadstead: TestRoadstead;
let world: ManagedWorld;
let providerArn = "";

beforeAll(async () => {
  roadstead = await testRoadstead({ ecsHealthyAfter: 0 });
  world = await managedWorld(roadstead);
  await world.register();
  providerArn = await world.provider("managed");
});
afterAll(async () => {
  world?.close();
  await roadstead?.stop();
});

const patience = { timeout: 20_000, interval: 30 };

async function define(image: string): Promise<string> {
  const { daemonTaskDefinitionArn = "" } = await world.ecs.send(
    new RegisterDaemonTaskDefinitionCommand({
      family: "agent",
      cpu: "128",
      memory: "128",
      containerDefinitions: [{ name: "agent", image, essential: true, stopTimeout: 2 }],
    }),
  );
  return daemonTaskDefinitionArn;
}

async function deploymentStatus(arn: string | undefined): Promise<string | undefined> {
  const { daemonDeployments } = await world.ecs.send(
    new DescribeDaemonDeploymentsCommand({ daemonDeploymentArns: [arn ?? ""] }),
  );
  return daemonDeployments?.[0]?.status;
}

const running = async (daemonName?: string) =>
  (await world.tasks(daemonName === undefined ? {} : { daemonName })).filter(
    ({ lastStatus }) => lastStatus === "RUNNING",
  );

describe("a daemon", () => {
  let daemonArn = "";

  test("is described by its definition", async () => {
    const first = await define("agent:1");
    expect(first).toMatch(/:daemon-task-definition\/agent:1$/);
    const { daemonTaskDefinition } = await world.ecs.send(
      new DescribeDaemonTaskDefinitionCommand({ daemonTaskDefinition: "agent" }),
    );
    expect(daemonTaskDefinition).toMatchObject({
      daemonTaskDefinitionArn: first,
      status: "ACTIVE",
      cpu: "128",
      pidMode: "none",
      containerDefinitions: [{ name: "agent", image: "agent:1" }],
    });
    const { daemonTaskDefinitions } = await world.ecs.send(new ListDaemonTaskDefinitionsCommand({}));
    expect(daemonTaskDefinitions).toMatchObject([{ arn: first, status: "ACTIVE" }]);
  });

  test("without instances is deployed at once", async () => {
    const created = await world.ecs.send(
      new CreateDaemonCommand({
        daemonName: "agent",
        daemonTaskDefinitionArn: await define("agent:2"),
        capacityProviderArns: [providerArn],
        tags: [{ key: "team", value: "platform" }],
        propagateTags: "DAEMON",
      }),
    );
    daemonArn = created.daemonArn ?? "";
    expect(created.status).toBe("ACTIVE");
    await expect.poll(() => deploymentStatus(created.deploymentArn), patience).toBe("SUCCESSFUL");
    const { daemonSummariesList } = await world.ecs.send(new ListDaemonsCommand({}));
    expect(daemonSummariesList).toMatchObject([{ daemonArn, status: "ACTIVE" }]);
  });

  test("runs on each instance before any other task is there", async () => {
    await world.ecs.send(
      new CreateServiceCommand({
        serviceName: "web",
        taskDefinition: "web",
        desiredCount: 2,
        capacityProviderStrategy: [{ capacityProvider: "managed", weight: 1 }],
        networkConfiguration: { awsvpcConfiguration: { subnets: world.subnets.slice(0, 1) } },
      }),
    );
    await expect.poll(async () => (await running()).length, patience).toBe(3);
    const [instance] = await world.instances();
    const [daemon] = await running("agent");
    expect(daemon).toMatchObject({
      group: "daemon:agent",
      containerInstanceArn: instance?.containerInstanceArn,
      capacityProviderName: "managed",
    });
    const others = (await running()).filter(({ group }) => group === "service:web");
    for (const { createdAt, startedAt } of others) {
      expect(createdAt).toBeDefined();
      expect(Number(startedAt)).toBeGreaterThanOrEqual(Number(daemon?.startedAt));
    }
    const { daemon: shown } = await world.ecs.send(new DescribeDaemonCommand({ daemonArn }));
    expect(shown?.currentRevisions).toMatchObject([
      { totalRunningCount: 1, capacityProviders: [{ arn: providerArn, runningCount: 1 }] },
    ]);
  });

  test("is rolled out by replacing instances", async () => {
    const before = (await world.instances()).map(({ containerInstanceArn }) => containerInstanceArn);
    const updated = await world.ecs.send(
      new UpdateDaemonCommand({
        daemonArn,
        daemonTaskDefinitionArn: await define("agent:3"),
        capacityProviderArns: [providerArn],
      }),
    );
    await expect.poll(() => deploymentStatus(updated.deploymentArn), patience).toBe("SUCCESSFUL");
    const after = (await world.instances()).map(({ containerInstanceArn }) => containerInstanceArn);
    expect(after.some((arn) => before.includes(arn))).toBe(false);
    await expect.poll(async () => (await running()).length, patience).toBe(after.length + 2);
    const [task] = await running("agent");
    expect(task?.containers?.[0]?.image).toBe("agent:3");
    const { daemon } = await world.ecs.send(new DescribeDaemonCommand({ daemonArn }));
    const { daemonRevisions } = await world.ecs.send(
      new DescribeDaemonRevisionsCommand({
        daemonRevisionArns: [daemon?.currentRevisions?.[0]?.arn ?? ""],
      }),
    );
    expect(daemonRevisions).toMatchObject([
      { daemonArn, critical: true, containerImages: [{ containerName: "agent", image: "agent:3" }] },
    ]);
  });

  test("that fails has its instance replaced", async () => {
    const [instance] = await world.instances();
    const [task] = await running("agent");
    await world.ecs.send(new StopTaskCommand({ task: task?.taskArn }));
    const replaced = async () => {
      const all = await world.instances();
      return all.length === 1 && all[0]?.containerInstanceArn !== instance?.containerInstanceArn;
    };
    await expect.poll(replaced, patience).toBe(true);
    await expect.poll(async () => (await running()).length, patience).toBe(3);
  });

  test("is rolled back when its tasks do not start", async () => {
    const updated = await world.ecs.send(
      new UpdateDaemonCommand({
        daemonArn,
        daemonTaskDefinitionArn: await define("missing"),
        capacityProviderArns: [providerArn],
      }),
    );
    // Each failure makes the next launch wait.
    const moving = async () => {
      await fetch(`${roadstead.url}/_roadstead/clock`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ advanceSeconds: 20 }),
      });
      return await deploymentStatus(updated.deploymentArn);
    };
    await expect.poll(moving, { timeout: 40_000, interval: 300 }).toBe("ROLLBACK_SUCCESSFUL");
    const { daemonDeployments } = await world.ecs.send(
      new DescribeDaemonDeploymentsCommand({ daemonDeploymentArns: [updated.deploymentArn ?? ""] }),
    );
    expect(daemonDeployments?.[0]).toMatchObject({
      circuitBreaker: { status: "TRIGGERED", failureCount: 3 },
      rollback: { reason: expect.stringContaining("circuit breaker") },
    });
    const { daemonDeployments: listed } = await world.ecs.send(
      new ListDaemonDeploymentsCommand({ daemonArn }),
    );
    expect(listed).toHaveLength(3);
  }, 60_000);

  test("stops last, and is gone when it is deleted", async () => {
    await world.ecs.send(new UpdateServiceCommand({ service: "web", desiredCount: 0 }));
    await expect.poll(async () => (await world.instances()).length, patience).toBe(0);
    await world.ecs.send(new DeleteDaemonCommand({ daemonArn }));
    const described = () =>
      world.ecs.send(new DescribeDaemonCommand({ daemonArn })).then(
        ({ daemon }) => daemon?.status,
        (error: Error) => error.name,
      );
    await expect.poll(described, patience).toBe("DaemonNotFoundException");
    const daemonTaskDefinition = "agent:3";
    await world.ecs.send(new DeleteDaemonTaskDefinitionCommand({ daemonTaskDefinition }));
    const found = await world.ecs.send(new DescribeDaemonTaskDefinitionCommand({ daemonTaskDefinition }));
    expect(found.daemonTaskDefinition?.status).toBe("DELETED");
  });
});
