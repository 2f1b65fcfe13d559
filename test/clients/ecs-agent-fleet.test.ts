import { CloudWatchClient, GetMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { DescribeInstancesCommand, EC2Client, TerminateInstancesCommand } from "@aws-sdk/client-ec2";
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DeleteServiceCommand,
  DeregisterContainerInstanceCommand,
  DescribeContainerInstancesCommand,
  DescribeServicesCommand,
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
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  DeleteLoadBalancerCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  ModifyTargetGroupAttributesCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
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
import { ownNetwork } from "../support/shifted-service.ts";
import { steadyCallers } from "../support/steady-callers.ts";

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
let network: Awaited<ReturnType<typeof ownNetwork>>;
let one: Member;
let two: Member;

const endpointOf = (host: SecondHost): string => `http://${host.gateway}:${roadstead.port}`;

/** Makes a host an instance of EC2, with its address in its subnet, and starts its agent. */
async function join(host: SecondHost, profile: string, subnet: string | undefined): Promise<Member> {
  const { id, address, token } = await launchHost(roadstead.client(), profile, subnet);
  await host.carry(address);
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

/** Registers a web server with a port that its instance chooses: what it says takes a second. */
async function say(word: string): Promise<void> {
  const slow = ["#!/bin/sh", "sleep 1", `printf "Content-Type: text/plain\\r\\n\\r\\n${word}"`];
  const script = [
    "mkdir -p /w/cgi-bin",
    `echo '${slow.join("\n")}' > /w/cgi-bin/slow`,
    "chmod +x /w/cgi-bin/slow",
    "trap 'exit 0' TERM",
    "httpd -p 8080 -h /w",
    "sleep 100000 & wait",
  ];
  await ecs.send(
    new RegisterTaskDefinitionCommand({
      ...{ family: "front", networkMode: "bridge", requiresCompatibilities: ["EC2"] },
      containerDefinitions: [
        {
          ...{ name: "main", image, memory: 32, cpu: 16, stopTimeout: 2 },
          command: ["sh", "-c", script.join("\n")],
          portMappings: [{ containerPort: 8080, hostPort: 0 }],
        },
      ],
    }),
  );
}

/** An application load balancer with one listener, and a group of instances behind it. */
async function front(elb: ElasticLoadBalancingV2Client) {
  const { LoadBalancers } = await elb.send(
    new CreateLoadBalancerCommand({ Name: "front", Scheme: "internal", Subnets: [...network.subnets] }),
  );
  const balancer = LoadBalancers?.[0]?.LoadBalancerArn ?? "";
  const { TargetGroups } = await elb.send(
    new CreateTargetGroupCommand({
      ...{ Name: "front", VpcId: network.vpc, Protocol: "HTTP", Port: 80, TargetType: "instance" },
      ...{ HealthCheckIntervalSeconds: 5, HealthCheckTimeoutSeconds: 3, HealthyThresholdCount: 2 },
      HealthCheckPath: "/cgi-bin/slow",
    }),
  );
  const group = TargetGroups?.[0]?.TargetGroupArn ?? "";
  const Attributes = [{ Key: "deregistration_delay.timeout_seconds", Value: "3" }];
  await elb.send(new ModifyTargetGroupAttributesCommand({ TargetGroupArn: group, Attributes }));
  const { Listeners } = await elb.send(
    new CreateListenerCommand({
      ...{ LoadBalancerArn: balancer, Protocol: "HTTP", Port: 18_351 },
      DefaultActions: [{ Type: "forward", TargetGroupArn: group }],
    }),
  );
  return { group, balancer, listener: Listeners?.[0]?.ListenerArn ?? "" };
}

/** How far each deployment of the service behind the load balancer has come. */
async function rolledOut() {
  const { services } = await ecs.send(new DescribeServicesCommand({ services: ["front"] }));
  return services?.[0]?.deployments?.map(({ rolloutState }) => rolloutState);
}

/** The ports of instances that lead to the tasks behind the load balancer, in order: `<instance>:<port>`. */
async function published(): Promise<readonly string[]> {
  const { taskArns: tasks = [] } = await ecs.send(new ListTasksCommand({ family: "front" }));
  if (tasks.length === 0) return [];
  const byArn = new Map(
    (await instances()).map((found) => [found.containerInstanceArn, found.ec2InstanceId]),
  );
  const described = await ecs.send(new DescribeTasksCommand({ tasks }));
  return (described.tasks ?? [])
    .map(
      ({ containerInstanceArn, containers }) =>
        `${byArn.get(containerInstanceArn)}:${containers?.[0]?.networkBindings?.[0]?.hostPort}`,
    )
    .sort();
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
    await Promise.all(
      hosts.map((host) =>
        host.image(image, ["sh", "sleep", "wget", "mkdir", "echo", "chmod", "printf", "httpd"]),
      ),
    );
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
    network = await ownNetwork(roadstead.client());
    const [left, right] = network.subnets;
    [one, two] = await Promise.all([join(first, profile, left), join(second, profile, right)]);
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

  test("a load balancer sends requests to ports of the instances, and loses none while the service rolls", async () => {
    const elb = new ElasticLoadBalancingV2Client(roadstead.client());
    const callers = steadyCallers(roadstead.url);
    const { group, balancer, listener } = await front(elb);
    await say("first");
    await ecs.send(
      new CreateServiceCommand({
        ...{ serviceName: "front", taskDefinition: "front", desiredCount: 2, launchType: "EC2" },
        placementStrategy: [{ type: "spread", field: "instanceId" }],
        loadBalancers: [{ targetGroupArn: group, containerName: "main", containerPort: 8080 }],
      }),
    );
    await expect.poll(rolledOut, patience).toEqual(["COMPLETED"]);
    const targets = async () =>
      (
        (await elb.send(new DescribeTargetHealthCommand({ TargetGroupArn: group })))
          .TargetHealthDescriptions ?? []
      ).map(({ Target, TargetHealth }) => `${Target?.Id}:${Target?.Port} ${TargetHealth?.State}`);
    await expect
      .poll(async () => (await targets()).sort(), patience)
      .toEqual((await published()).map((place) => `${place} healthy`));
    expect((await published()).map((place) => place.split(":")[0]).sort()).toEqual([one.id, two.id].sort());
    const url = `${await callers.placeOf(listener)}/cgi-bin/slow`;
    expect(await callers.sample(url, 4)).toEqual(new Map([["first", 4]]));
    await say("second");
    const answers = await callers.underLoad(url, async () => {
      await ecs.send(new UpdateServiceCommand({ service: "front", taskDefinition: "front" }));
      await expect.poll(rolledOut, patience).toEqual(["COMPLETED"]);
    });
    expect([...answers.keys()].sort()).toEqual(["first", "second"]);
    expect(await callers.sample(url, 4)).toEqual(new Map([["second", 4]]));
    await ecs.send(new DeleteServiceCommand({ service: "front", force: true }));
    await expect.poll(published, patience).toEqual([]);
    await elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn: balancer }));
    callers.close();
    elb.destroy();
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
