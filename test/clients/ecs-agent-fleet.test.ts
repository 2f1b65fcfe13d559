import { CloudWatchClient, GetMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { DescribeInstancesCommand, EC2Client, TerminateInstancesCommand } from "@aws-sdk/client-ec2";
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DeregisterContainerInstanceCommand,
  DescribeContainerInstancesCommand,
  DescribeTasksCommand,
  ECSClient,
  ListContainerInstancesCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StopTaskCommand,
  UpdateContainerInstancesStateCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../support/daemon.ts";
import { launchHost, makeInstanceProfile } from "../support/ec2-host.ts";
import {
  amazonsAgent,
  type HostProcess,
  inside,
  startHostAgent,
  startHostMetadata,
} from "../support/host-agent.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";
import { noSecondHost, type SecondHost, secondHost } from "../support/second-host.ts";

/**
 * A cluster of several hosts: two EC2 instances, each a network namespace with a Docker Engine, a metadata service and
 * an agent, and on one of them a second agent as a host outside of AWS. Amazon's own agent, where ROADSTEAD_ECS_AGENT
 * names it, takes its fixed ports: then the second host has one agent.
 */

const account = "000000000000";
const reason = noSecondHost();
if (reason !== undefined) process.stderr.write(`SKIPPED: ${reason}\n`);
if (amazonsAgent === undefined) {
  process.stderr.write("SKIPPED: the Amazon ECS agent: ROADSTEAD_ECS_AGENT does not name it\n");
}
const patience = { timeout: 90_000, interval: 300 };
const image = "roadstead-test/fleet:1";

interface Member {
  readonly host: SecondHost;
  /** `i-…`. */
  readonly id: string;
  agent: HostProcess;
  readonly metadata: HostProcess;
}

let roadstead: TestRoadstead;
let ecs: ECSClient;
let ec2: EC2Client;
const hosts: SecondHost[] = [];
let one: Member;
let two: Member;

const endpointOf = (host: SecondHost): string => `http://${host.gateway}:${roadstead.port}`;

/** Makes a host an instance of EC2, and starts its agent. */
async function join(host: SecondHost, profile: string): Promise<Member> {
  const { id, token } = await launchHost(roadstead.client(), profile);
  const metadata = await startHostMetadata(host, endpointOf(host), token);
  const agent = await startHostAgent(host, { endpoint: endpointOf(host), attributes: { stack: id } });
  return { host, id, agent, metadata };
}

async function instances() {
  const found = await Promise.all(
    (["ACTIVE", "DRAINING"] as const).map((status) =>
      ecs.send(new ListContainerInstancesCommand({ status })),
    ),
  );
  const containerInstances = found.flatMap(({ containerInstanceArns = [] }) => containerInstanceArns);
  if (containerInstances.length === 0) return [];
  const described = await ecs.send(new DescribeContainerInstancesCommand({ containerInstances }));
  return described.containerInstances ?? [];
}

const instanceOf = async ({ id }: Pick<Member, "id">) =>
  (await instances()).find(({ ec2InstanceId }) => ec2InstanceId === id);
const external = async () => (await instances()).find(({ ec2InstanceId }) => ec2InstanceId === undefined);

async function connected(member: Member): Promise<void> {
  const there = await eventually(90, async () => (await instanceOf(member))?.agentConnected === true);
  if (!there) throw new Error(`the agent does not connect: ${member.agent.said().slice(-2000)}`);
}

async function define(family: string, compatibility: "EC2" | "EXTERNAL"): Promise<void> {
  await ecs.send(
    new RegisterTaskDefinitionCommand({
      family,
      networkMode: "bridge",
      requiresCompatibilities: [compatibility],
      containerDefinitions: [
        { name: "main", image, memory: 32, cpu: 16, command: ["sleep", "600"], stopTimeout: 2 },
      ],
    }),
  );
}

/** The EC2 instances that the service's running tasks are on, in order. */
async function places(): Promise<readonly string[]> {
  const { taskArns: tasks = [] } = await ecs.send(new ListTasksCommand({ serviceName: "web" }));
  if (tasks.length === 0) return [];
  const described = await ecs.send(new DescribeTasksCommand({ tasks }));
  const byArn = new Map(
    (await instances()).map((found) => [found.containerInstanceArn, found.ec2InstanceId]),
  );
  return (described.tasks ?? [])
    .filter(({ lastStatus }) => lastStatus === "RUNNING")
    .map(({ containerInstanceArn }) => byArn.get(containerInstanceArn) ?? "gone")
    .sort();
}

const described = async (task: string) =>
  (await ecs.send(new DescribeTasksCommand({ tasks: [task] }))).tasks?.[0];
const reaches = (task: string, status: string) =>
  expect.poll(async () => (await described(task))?.lastStatus, patience).toBe(status);
const containersOn = async ({ host }: Member): Promise<readonly string[]> =>
  (await host.docker("ps", "-q", "--no-trunc", "--filter", `ancestor=${image}`)).split("\n").filter(Boolean);

/** A task on one instance. */
async function start(taskDefinition: string, on: { readonly id: string } | "anywhere"): Promise<string> {
  const placementConstraints =
    on === "anywhere" ? [] : [{ type: "memberOf" as const, expression: `attribute:stack == ${on.id}` }];
  const launchType = taskDefinition === "outside" ? "EXTERNAL" : "EC2";
  const { tasks, failures } = await ecs.send(
    new RunTaskCommand({ taskDefinition, launchType, placementConstraints }),
  );
  const arn = tasks?.[0]?.taskArn;
  if (arn === undefined) throw new Error(JSON.stringify(failures));
  return arn;
}

describe.skipIf(reason !== undefined)("several hosts", { timeout: 180_000 }, () => {
  beforeAll(async () => {
    hosts.push(...(await Promise.all([secondHost(18), secondHost(19)])));
    await Promise.all(hosts.map((host) => host.image(image, ["sh", "sleep", "wget"])));
    roadstead = await testRoadstead({
      ecsRuntime: "none",
      ecsHealthyAfter: 1,
      allowedHosts: hosts.map(({ gateway }) => gateway),
    });
    await Promise.all(hosts.map((host) => host.reach(roadstead.port)));
    ecs = new ECSClient(roadstead.client());
    ec2 = new EC2Client(roadstead.client());
    await ecs.send(new CreateClusterCommand({}));
    await Promise.all([define("web", "EC2"), define("outside", "EXTERNAL")]);
    const profile = await makeInstanceProfile(roadstead.client());
    const [first, second] = hosts;
    if (first === undefined || second === undefined) throw new Error("there are no hosts");
    [one, two] = await Promise.all([join(first, profile), join(second, profile)]);
    await Promise.all([connected(one), connected(two)]);
  }, 180_000);

  afterAll(async () => {
    ecs?.destroy();
    ec2?.destroy();
    await Promise.all(hosts.map((host) => host.stop()));
    await roadstead?.stop();
  }, 90_000);

  test("an instance's attributes come from its identity document, its calls from its profile", async () => {
    const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [one.id] }));
    const described = Reservations?.[0]?.Instances?.[0];
    expect(described?.State?.Name).toBe("running");
    expect(await instanceOf(one)).toMatchObject({
      attributes: expect.arrayContaining([
        { name: "ecs.instance-type", value: described?.InstanceType },
        { name: "ecs.ami-id", value: described?.ImageId },
        { name: "ecs.availability-zone", value: described?.Placement?.AvailabilityZone },
      ]),
    });
  });

  test("any SDK of the machine finds the credentials of its profile, and no container does", async () => {
    const said = await inside(
      one.host,
      "env",
      ...["-u", "AWS_ACCESS_KEY_ID", "-u", "AWS_SECRET_ACCESS_KEY", "-u", "AWS_EC2_METADATA_DISABLED"],
      ...[
        `AWS_ENDPOINT_URL=${endpointOf(one.host)}`,
        "AWS_DEFAULT_REGION=us-east-1",
        `HOME=${one.host.folder}`,
      ],
      ...["aws", "sts", "get-caller-identity", "--query", "Arn", "--output", "text"],
    );
    expect(said.trim()).toBe(`arn:aws:sts::${account}:assumed-role/ecsInstanceRole/${one.id}`);
    const asked = await one.host
      .docker("run", "--rm", image, "wget", "-qO-", "http://169.254.169.254/latest/meta-data/")
      .catch((error: Error) => error.message);
    expect(asked).toContain("403");
  });

  test.skipIf(amazonsAgent !== undefined)(
    "a host outside of AWS runs what is for such hosts, and no other does",
    async () => {
      const options = { endpoint: endpointOf(two.host), external: account, folder: "outside" };
      const agent = await startHostAgent(two.host, options);
      await expect.poll(async () => (await external())?.agentConnected, patience).toBe(true);
      const task = await start("outside", "anywhere");
      await reaches(task, "RUNNING");
      expect((await described(task))?.containerInstanceArn).toBe((await external())?.containerInstanceArn);
      await ecs.send(new StopTaskCommand({ task }));
      await reaches(task, "STOPPED");
      await agent.end("SIGTERM");
      const containerInstance = (await external())?.containerInstanceArn;
      await ecs.send(new DeregisterContainerInstanceCommand({ containerInstance }));
    },
  );

  test("a service spreads over the instances, and leaves the one that drains", async () => {
    await ecs.send(
      new CreateServiceCommand({
        serviceName: "web",
        taskDefinition: "web",
        desiredCount: 4,
        launchType: "EC2",
        placementStrategy: [{ type: "spread", field: "instanceId" }],
      }),
    );
    await expect.poll(places, patience).toEqual([one.id, one.id, two.id, two.id].sort());
    const containerInstances = [(await instanceOf(one))?.containerInstanceArn ?? ""];
    const set = (status: "ACTIVE" | "DRAINING") =>
      ecs.send(new UpdateContainerInstancesStateCommand({ containerInstances, status }));
    await set("DRAINING");
    await expect.poll(places, patience).toEqual([two.id, two.id, two.id, two.id]);
    await expect.poll(() => containersOn(one), patience).toEqual([]);
    await set("ACTIVE");
    await ecs.send(new UpdateServiceCommand({ service: "web", desiredCount: 2 }));
    await expect.poll(places, patience).toEqual([two.id, two.id]);
  });

  test("what the service uses is told by the agents, and is found in CloudWatch", async () => {
    const cloudwatch = new CloudWatchClient(roadstead.client());
    const measured = async () => {
      const { MetricDataResults } = await cloudwatch.send(
        new GetMetricDataCommand({
          StartTime: new Date(Date.now() - 900_000),
          EndTime: new Date(Date.now() + 60_000),
          MetricDataQueries: ["CPUUtilization", "MemoryUtilization"].map((MetricName) => ({
            Id: MetricName.toLowerCase(),
            MetricStat: {
              Metric: {
                ...{ Namespace: "AWS/ECS", MetricName },
                Dimensions: [
                  { Name: "ClusterName", Value: "default" },
                  { Name: "ServiceName", Value: "web" },
                ],
              },
              ...{ Period: 60, Stat: "Maximum" },
            },
          })),
        }),
      );
      return MetricDataResults?.map(({ Values = [] }) => Values.length > 0);
    };
    await expect.poll(measured, patience).toEqual([true, true]);
    cloudwatch.destroy();
  });

  test("a task goes on while its agent is dead, and is the same when the agent is back", async () => {
    const task = await start("web", one);
    await reaches(task, "RUNNING");
    const arn = (await instanceOf(one))?.containerInstanceArn;
    const before = await containersOn(one);
    await one.agent.end("SIGKILL");
    await expect.poll(async () => (await instanceOf(one))?.agentConnected, patience).toBe(false);
    expect((await described(task))?.lastStatus).toBe("RUNNING");
    // Nothing is placed where nobody hears of it.
    await expect(start("web", one)).rejects.toThrow("AGENT");
    one.agent = await startHostAgent(one.host, {
      endpoint: endpointOf(one.host),
      attributes: { stack: one.id },
    });
    await connected(one);
    expect((await instanceOf(one))?.containerInstanceArn).toBe(arn);
    expect(await containersOn(one)).toEqual(before);
    await ecs.send(new StopTaskCommand({ task }));
    await reaches(task, "STOPPED");
    await expect.poll(() => containersOn(one), patience).toEqual([]);
  });

  test("both agents are back after a restart of Roadstead; nothing is doubled and nothing is lost", async () => {
    const task = await start("web", one);
    await reaches(task, "RUNNING");
    const before = [await containersOn(one), await containersOn(two)];
    const { dataDir, port } = roadstead;
    await roadstead.close();
    const allowedHosts = hosts.map(({ gateway }) => gateway);
    const again = await testRoadstead({
      ...{ ecsRuntime: "none", ecsHealthyAfter: 1 },
      ...{ dataDir, port, allowedHosts },
    });
    roadstead = { ...again, stop: roadstead.stop };
    await Promise.all([connected(one), connected(two)]);
    expect([await containersOn(one), await containersOn(two)]).toEqual(before);
    expect((await described(task))?.lastStatus).toBe("RUNNING");
    await ecs.send(new StopTaskCommand({ task }));
    await reaches(task, "STOPPED");
  });

  test("an instance that is deregistered by force is given up, and its service moves", async () => {
    const { containerInstanceArn: containerInstance } = (await instanceOf(two)) ?? {};
    const { taskArns: tasks = [] } = await ecs.send(new ListTasksCommand({ serviceName: "web" }));
    await ecs.send(new DeregisterContainerInstanceCommand({ containerInstance, force: true }));
    const { tasks: given } = await ecs.send(new DescribeTasksCommand({ tasks }));
    expect(given?.map(({ lastStatus, stoppedReason }) => `${lastStatus} ${stoppedReason}`)).toEqual(
      tasks.map(() => "STOPPED Container instance deregistration forced by user"),
    );
    await expect.poll(places, patience).toEqual([one.id, one.id]);
  });

  test("an instance that is terminated is told so, and its agent leaves the cluster", async () => {
    const { containerInstanceArn = "" } = (await instanceOf(one)) ?? {};
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [one.id] }));
    const left = amazonsAgent === undefined ? "INACTIVE" : "DRAINING";
    const status = async () => {
      const containerInstances = [containerInstanceArn];
      const found = await ecs.send(new DescribeContainerInstancesCommand({ containerInstances }));
      return found.containerInstances?.[0]?.status;
    };
    await expect.poll(status, patience).toBe(left);
    // What ran there is stopped, and not left behind.
    if (amazonsAgent === undefined) await expect.poll(() => containersOn(one), patience).toEqual([]);
  });
});
