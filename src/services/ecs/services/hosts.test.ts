import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeContainerInstancesCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  UpdateContainerInstancesStateCommand,
} from "@aws-sdk/client-ecs";
import { afterEach, describe, expect, test } from "vitest";
import { postgresMissing, postgresUrl } from "../../../../test/support/postgres.ts";
import { type TestRoadstead, testRoadstead } from "../../../../test/support/roadstead.ts";
import { scriptedRuntime } from "../../../control/tasks/runtime.testing.ts";
import { type Agent, startAgent } from "../../../runtime/agent/agent.ts";

/** Services on hosts of their own, each with an agent: daemons, spreading, and what draining a host does. */

let roadstead: TestRoadstead;
let ecs: ECSClient;
let agents: Agent[] = [];
const patient = { timeout: 60_000, interval: 100 };

afterEach(async () => {
  await Promise.all(agents.map((agent) => agent.stop()));
  agents = [];
  ecs?.destroy();
  await roadstead?.stop();
});

async function host(): Promise<string> {
  const agent = await startAgent({
    endpoint: roadstead.url,
    region: "us-east-1",
    keys: async () => roadstead.client().credentials,
    cluster: "default",
    attributes: {},
    cpu: 2048,
    memory: 1024,
    reservedPorts: [22],
    agentVersion: "1.105.1",
    dockerVersion: "20.10.24",
    log: { info: () => {}, error: () => {} },
    telemetryEvery: 50,
    open: (report) => scriptedRuntime(report),
  });
  agents.push(agent);
  const containerInstances = [agent.containerInstanceArn];
  await expect
    .poll(async () => {
      const found = await ecs.send(new DescribeContainerInstancesCommand({ containerInstances }));
      return found.containerInstances?.[0]?.agentConnected;
    }, patient)
    .toBe(true);
  return agent.containerInstanceArn;
}

/** Where the tasks of a service run. */
async function places(serviceName: string): Promise<readonly (string | undefined)[]> {
  const { taskArns = [] } = await ecs.send(new ListTasksCommand({ serviceName }));
  if (taskArns.length === 0) return [];
  const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ tasks: taskArns }));
  return tasks
    .filter(({ lastStatus }) => lastStatus === "RUNNING")
    .map(({ containerInstanceArn }) => containerInstanceArn)
    .sort();
}

describe.each([
  ["SQLite", undefined],
  ["PostgreSQL", postgresMissing()],
] as const)("services on hosts, on %s", (database, reason) => {
  test.skipIf(reason !== undefined)(
    "daemons are on each, replicas spread, and both leave a host that drains",
    { timeout: 180_000 },
    async () => {
      const databaseUrl = database === "PostgreSQL" ? await postgresUrl() : undefined;
      roadstead = await testRoadstead({ ecsRuntime: "none", ecsHealthyAfter: 0, databaseUrl });
      ecs = new ECSClient({ ...roadstead.client(), maxAttempts: 1 });
      await ecs.send(new CreateClusterCommand({}));
      await ecs.send(
        new RegisterTaskDefinitionCommand({
          family: "web",
          networkMode: "bridge",
          requiresCompatibilities: ["EXTERNAL"],
          containerDefinitions: [{ name: "main", image: "busybox", memory: 64, cpu: 128 }],
        }),
      );
      const common = { taskDefinition: "web", launchType: "EXTERNAL" as const };
      await ecs.send(
        new CreateServiceCommand({ ...common, serviceName: "watch", schedulingStrategy: "DAEMON" }),
      );
      await ecs.send(new CreateServiceCommand({ ...common, serviceName: "web", desiredCount: 4 }));
      const one = await host();
      await expect.poll(() => places("watch"), patient).toEqual([one]);
      const two = await host();
      const both = [one, two].sort();
      await expect.poll(() => places("watch"), patient).toEqual(both);
      const { services } = await ecs.send(new DescribeServicesCommand({ services: ["watch"] }));
      expect(services?.[0]).toMatchObject({
        desiredCount: 2,
        deploymentConfiguration: { maximumPercent: 100, minimumHealthyPercent: 0 },
      });
      await expect.poll(async () => (await places("web")).length, patient).toBe(4);

      await ecs.send(
        new UpdateContainerInstancesStateCommand({ containerInstances: [one], status: "DRAINING" }),
      );
      await expect.poll(() => places("watch"), patient).toEqual([two]);
      await expect.poll(() => places("web"), patient).toEqual([two, two, two, two]);
      await ecs.send(
        new UpdateContainerInstancesStateCommand({ containerInstances: [one], status: "ACTIVE" }),
      );
      await expect.poll(() => places("watch"), patient).toEqual(both);
    },
  );
});
