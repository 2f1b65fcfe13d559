import {
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
  RunTaskCommand,
  type RunTaskCommandInput,
  StopTaskCommand,
  UpdateServiceCommand,
  type UpdateServiceCommandInput,
  waitUntilServicesStable,
  waitUntilTasksStopped,
} from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  faringRuntime,
  type ServiceWorld,
  serviceWorld,
} from "../../src/services/ecs/services/world.testing.ts";
import { command, missing } from "../support/command.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

/**
 * What GitHub's actions `amazon-ecs-render-task-definition` and `amazon-ecs-deploy-task-definition` ask for, in their
 * order and with their parameters: also the members that they leave null, and those that they drop from an answer.
 */

let roadstead: TestRoadstead;
let world: ServiceWorld;

beforeAll(async () => {
  roadstead = await testRoadstead({ ecsHealthyAfter: 0 }, { fargate: faringRuntime });
  world = await serviceWorld(roadstead);
  const deploymentCircuitBreaker = { enable: true, rollback: true };
  await world.create({ deploymentConfiguration: { deploymentCircuitBreaker } });
  await world.steady();
});
afterAll(() => roadstead?.stop());

/** The action asks every 15 seconds. */
const waiter = () => ({ client: world.ecs, minDelay: 1, maxDelay: 1, maxWaitTime: 60 });

/** What an answer has and a registration does not take. */
const ignored = [
  "compatibilities",
  "taskDefinitionArn",
  "requiresAttributes",
  "revision",
  "status",
  "registeredAt",
  "deregisteredAt",
  "registeredBy",
];

/** Without what is null or empty, however deep. */
function cleaned(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(cleaned).filter((item) => item !== undefined);
    return items.length > 0 ? items : undefined;
  }
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).map(([key, member]) => [key, cleaned(member)] as const);
    const kept = members.filter(([, member]) => member !== undefined);
    return kept.length > 0 ? Object.fromEntries(kept) : undefined;
  }
  return value === null || value === "" ? undefined : value;
}

/** The render step, then the first of the deploy step. @returns the ARN of the new revision. */
async function registered(image: string): Promise<string> {
  const { taskDefinition: answer } = await world.ecs.send(
    new DescribeTaskDefinitionCommand({ taskDefinition: "web" }),
  );
  const file = JSON.parse(JSON.stringify(answer));
  file.containerDefinitions[0].image = image;
  const contents = Object.entries(cleaned(file) as object).filter(([key]) => !ignored.includes(key));
  const { taskDefinition } = await world.ecs.send(
    new RegisterTaskDefinitionCommand(Object.fromEntries(contents) as RegisterTaskDefinitionCommandInput),
  );
  expect(taskDefinition?.containerDefinitions?.[0]).toMatchObject({
    ...answer?.containerDefinitions?.[0],
    image,
  });
  return taskDefinition?.taskDefinitionArn ?? "";
}

/** The rest of the deploy step. @returns the service's deployment that was asked for, as it is when all is stable. */
async function deployed(taskDefinition: string) {
  const named = { cluster: "default", services: ["web"] };
  const { services, failures } = await world.ecs.send(new DescribeServicesCommand(named));
  expect(failures).toEqual([]);
  expect(services).toMatchObject([{ status: "ACTIVE", deploymentController: { type: "ECS" } }]);
  const { service } = await world.ecs.send(
    new UpdateServiceCommand({
      ...{ cluster: "default", service: "web", taskDefinition, forceNewDeployment: false },
      ...{ enableECSManagedTags: null, propagateTags: null, volumeConfigurations: [] },
    } as unknown as UpdateServiceCommandInput),
  );
  const asked = service?.deployments?.find(({ status }) => status === "PRIMARY")?.id;
  await waitUntilServicesStable(waiter(), named);
  const { services: now } = await world.ecs.send(new DescribeServicesCommand(named));
  return now?.[0]?.deployments?.find(({ id }) => id === asked);
}

describe("GitHub's deploy action", { timeout: 120_000 }, () => {
  test("registers what it was answered, and deploys it", async () => {
    const arn = await registered("web:2");
    expect(await deployed(arn)).toMatchObject({ taskDefinition: arn, rolloutState: "COMPLETED" });
    const images = (await world.tasks()).map(({ containers }) => containers?.[0]?.image);
    expect(images).toEqual(["web:2", "web:2"]);
  });

  test("sees that the breaker has taken a deployment back", async () => {
    const before = (await world.service()).taskDefinition;
    const deployment = await deployed(await registered("web:bad"));
    // The action fails either way: there is none of that id any more, or it has failed.
    expect(deployment?.rolloutState ?? "FAILED").toBe("FAILED");
    await world.steady();
    expect((await world.service()).taskDefinition).toBe(before);
  });

  test("runs a task, waits until it has stopped and looks at its exit code", async () => {
    const taskDefinition = await registered("web:3");
    const cluster = "default";
    const subnets = world.subnets.slice(0, 1);
    const { tasks: started = [], failures } = await world.ecs.send(
      new RunTaskCommand({
        ...{ startedBy: "GitHub-Actions", cluster, taskDefinition, overrides: { containerOverrides: [] } },
        ...{ capacityProviderStrategy: null, launchType: "FARGATE", enableECSManagedTags: null },
        networkConfiguration: { awsvpcConfiguration: { subnets, assignPublicIp: "DISABLED" } },
        ...{ tags: [], volumeConfigurations: [] },
      } as unknown as RunTaskCommandInput),
    );
    expect(failures).toEqual([]);
    const tasks = started.map(({ taskArn = "" }) => taskArn);
    await world.reached(tasks[0], "RUNNING");
    await world.ecs.send(new StopTaskCommand({ task: tasks[0] }));
    expect((await waitUntilTasksStopped(waiter(), { cluster, tasks })).state).toBe("SUCCESS");
    const { tasks: ended } = await world.ecs.send(new DescribeTasksCommand({ cluster, tasks }));
    expect(ended?.[0]).toMatchObject({ startedBy: "GitHub-Actions", lastStatus: "STOPPED" });
    expect(typeof ended?.[0]?.containers?.[0]?.exitCode).toBe("number");
  });

  test.skipIf(missing("aws") !== undefined)("is told that there is no CodeDeploy", async () => {
    const { code, stderr } = await command(
      "aws",
      ["deploy", "get-deployment-group", "--application-name", "AppECS", "--deployment-group-name", "DgpECS"],
      { env: { ...process.env, ...roadstead.environment(world.account) } },
    );
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/Roadstead does not serve|UnknownOperation|InvalidAction|not serve/);
  });
});
