import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import {
  CreateClusterCommand,
  DescribeTasksCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StopTaskCommand,
  type Task,
} from "@aws-sdk/client-ecs";
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  RegisterTargetsCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectToDocker, dockerMissing } from "../../src/runtime/docker.testing.ts";
import { firewallsUnavailable } from "../../src/runtime/local-runtime.ts";
import { busybox, importBusybox } from "../../src/runtime/task-engine.testing.ts";
import { missing } from "../support/command.ts";
import { eventually } from "../support/daemon.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

/**
 * A load balancer in a VPC on a real Docker Engine: it is at its nodes' own addresses, and its targets see it by them:
 * a task whose security group lets in the load balancer's alone becomes healthy.
 */

const account = "343434343434";
const reason =
  dockerMissing ?? missing("docker", "version") ?? (await firewallsUnavailable(process.env.DOCKER_HOST));

describe.skipIf(reason !== undefined)("a load balancer in its VPC", { timeout: 180_000 }, () => {
  const folder = join(tmpdir(), `rs-${randomBytes(4).toString("hex")}`);
  let roadstead: TestRoadstead;
  let ecs: ECSClient;
  let ec2: EC2Client;
  let elb: ElasticLoadBalancingV2Client;
  let vpc = "";
  let subnets: string[] = [];
  const started: string[] = [];

  beforeAll(async () => {
    const engine = connectToDocker();
    await importBusybox(engine);
    engine.close();
    roadstead = await testRoadstead({ ecsRuntime: "docker", dataDir: join(folder, "data") });
    const client = roadstead.client(account);
    ecs = new ECSClient(client);
    ec2 = new EC2Client(client);
    elb = new ElasticLoadBalancingV2Client(client);
    const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: "10.78.0.0/16" }));
    vpc = Vpc?.VpcId ?? "";
    const made = ["a", "b"].map((letter, index) =>
      ec2.send(
        new CreateSubnetCommand({
          VpcId: vpc,
          CidrBlock: `10.78.${index}.0/24`,
          AvailabilityZone: `us-east-1${letter}`,
        }),
      ),
    );
    subnets = (await Promise.all(made)).map(({ Subnet }) => Subnet?.SubnetId ?? "");
    await ecs.send(new CreateClusterCommand({}));
  }, 120_000);

  afterAll(async () => {
    await Promise.all(started.map((task) => ecs.send(new StopTaskCommand({ task })).catch(() => {})));
    await Promise.all(started.map((task) => until(task, "STOPPED").catch(() => {})));
    await roadstead?.stop();
    rmSync(folder, { recursive: true, force: true });
  }, 120_000);

  async function until(arn: string, status: string): Promise<Task> {
    let task: Task | undefined;
    await eventually(90, async () => {
      [task] = (await ecs.send(new DescribeTasksCommand({ tasks: [arn] }))).tasks ?? [];
      return task?.lastStatus === status;
    });
    return task ?? {};
  }

  async function start(family: string, script: string, securityGroup: string): Promise<string> {
    await ecs.send(
      new RegisterTaskDefinitionCommand({
        ...{ family, networkMode: "awsvpc", requiresCompatibilities: ["FARGATE"], cpu: "256", memory: "512" },
        containerDefinitions: [
          { name: "app", image: busybox, command: ["sh", "-c", script], stopTimeout: 2 },
        ],
      }),
    );
    const { tasks = [] } = await ecs.send(
      new RunTaskCommand({
        taskDefinition: family,
        launchType: "FARGATE",
        networkConfiguration: {
          awsvpcConfiguration: { subnets: subnets.slice(0, 1), securityGroups: [securityGroup] },
        },
      }),
    );
    const arn = tasks[0]?.taskArn ?? "";
    started.push(arn);
    return arn;
  }

  /** @param from a block, or another group. */
  async function securityGroup(name: string, port: number, from: { block?: string; group?: string }) {
    const { GroupId = "" } = await ec2.send(
      new CreateSecurityGroupCommand({ GroupName: name, Description: name, VpcId: vpc }),
    );
    await ec2.send(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId,
        IpPermissions: [
          {
            ...{ IpProtocol: "tcp", FromPort: port, ToPort: port },
            ...(from.block !== undefined && { IpRanges: [{ CidrIp: from.block }] }),
            ...(from.group !== undefined && { UserIdGroupPairs: [{ GroupId: from.group }] }),
          },
        ],
      }),
    );
    return GroupId;
  }

  test("is reached at its nodes, and reaches its targets from them", async () => {
    const front = await securityGroup("front", 80, { block: "0.0.0.0/0" });
    const back = await securityGroup("back", 8080, { group: front });
    const web = await until(
      await start(
        "web",
        "mkdir /tmp/w && echo through > /tmp/w/index.html && exec httpd -f -v -p 8080 -h /tmp/w",
        back,
      ),
      "RUNNING",
    );
    const address =
      web.attachments?.[0]?.details?.find(({ name }) => name === "privateIPv4Address")?.value ?? "";
    const { LoadBalancers } = await elb.send(
      new CreateLoadBalancerCommand({
        Name: "inner",
        Scheme: "internal",
        Subnets: subnets,
        SecurityGroups: [front],
      }),
    );
    const { TargetGroups } = await elb.send(
      new CreateTargetGroupCommand({
        ...{ Name: "web", Protocol: "HTTP", Port: 8080, VpcId: vpc, TargetType: "ip" },
        HealthCheckIntervalSeconds: 5,
      }),
    );
    const TargetGroupArn = TargetGroups?.[0]?.TargetGroupArn;
    await elb.send(new RegisterTargetsCommand({ TargetGroupArn, Targets: [{ Id: address }] }));
    await elb.send(
      new CreateListenerCommand({
        LoadBalancerArn: LoadBalancers?.[0]?.LoadBalancerArn,
        ...{ Protocol: "HTTP", Port: 80, DefaultActions: [{ Type: "forward", TargetGroupArn }] },
      }),
    );
    await eventually(60, async () => {
      const { TargetHealthDescriptions } = await elb.send(
        new DescribeTargetHealthCommand({ TargetGroupArn }),
      );
      return TargetHealthDescriptions?.[0]?.TargetHealth?.State === "healthy";
    });
    const places = await (await fetch(`${roadstead.url}/_roadstead/load-balancers`)).json();
    const nodes: string[] = places.listeners[0].nodes;
    expect(nodes).toHaveLength(2);
    const asks = nodes.map((node) => `[ "$(wget -q -O - http://${node}/)" = through ]`).join(" && ");
    const direct = `! wget -q -T 2 -O - http://${address}:8080/`;
    const caller = await until(
      await start(
        "caller",
        `${asks} && ${direct}`,
        await securityGroup("caller", 1, { block: "10.78.0.0/16" }),
      ),
      "STOPPED",
    );
    expect(caller.containers?.[0]?.exitCode).toBe(0);
  });
});
