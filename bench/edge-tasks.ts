import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { CreateSubnetCommand, CreateVpcCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DeleteServiceCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  ElasticLoadBalancingV2Client,
  ModifyTargetGroupAttributesCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Server } from "./servers.ts";
import { importWebImage, removeWebImage, webImage, webPort } from "./web-image.ts";

const family = "roadstead-bench-web";
const cluster = "bench";
const service = "web";

/** A service of two web servers in real tasks, behind an application load balancer. */
export interface WebService {
  /** Where the load balancer is reached. */
  readonly port: number;
  /** Where its tasks are now: `<address>:<port>`. */
  targets(): Promise<readonly string[]>;
  /** A rolling deployment, from its beginning to its end. */
  roll(): Promise<void>;
  /** Ends its tasks, and waits until the engine knows nothing of them. */
  remove(): Promise<void>;
}

/** Makes it over the API of a Roadstead with a Docker Engine. */
export async function webService(server: Server): Promise<WebService> {
  await importWebImage();
  const settings = {
    endpoint: `http://127.0.0.1:${server.port}`,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  };
  const ecs = new ECSClient(settings);
  const { vpc, subnets } = await benchNetwork(new EC2Client(settings));
  const targetGroupArn = await balancer(new ElasticLoadBalancingV2Client(settings), vpc, subnets);
  const taskDefinition = {
    ...{ family, requiresCompatibilities: ["FARGATE" as const], cpu: "256", memory: "512" },
    networkMode: "awsvpc" as const,
    containerDefinitions: [
      { name: "web", image: webImage, stopTimeout: 2, portMappings: [{ containerPort: webPort }] },
    ],
  };
  await ecs.send(new CreateClusterCommand({ clusterName: cluster }));
  await ecs.send(new RegisterTaskDefinitionCommand(taskDefinition));
  await ecs.send(
    new CreateServiceCommand({
      ...{ cluster, serviceName: service, taskDefinition: family, desiredCount: 2, launchType: "FARGATE" },
      loadBalancers: [{ targetGroupArn, containerName: "web", containerPort: webPort }],
      networkConfiguration: { awsvpcConfiguration: { subnets: [...subnets] } },
    }),
  );
  await settled(ecs, cluster, service, 2);
  const places = await (await fetch(`${settings.endpoint}/_roadstead/load-balancers`)).json();
  return {
    port: places.listeners[0].host.port,
    targets: () => addresses(ecs, cluster, service),
    async roll() {
      await ecs.send(new RegisterTaskDefinitionCommand(taskDefinition));
      await ecs.send(new UpdateServiceCommand({ cluster, service, taskDefinition: family }));
      await settled(ecs, cluster, service, 2);
    },
    async remove() {
      await ecs.send(new DeleteServiceCommand({ cluster, service, force: true }));
      await removeWebImage(family);
    },
  };
}

/** A range of its own: another that the engine has would keep this machine from reaching the tasks. */
export async function benchNetwork(ec2: EC2Client): Promise<{ vpc: string; subnets: readonly string[] }> {
  const [x = 0, y = 0] = randomBytes(2);
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: `10.${x}.${y}.0/24` }));
  const vpc = Vpc?.VpcId ?? "";
  const subnets: string[] = [];
  for (const [zone, start] of [
    ["us-east-1a", 0],
    ["us-east-1b", 128],
  ] as const) {
    const { Subnet } = await ec2.send(
      new CreateSubnetCommand({
        ...{ VpcId: vpc, AvailabilityZone: zone, CidrBlock: `10.${x}.${y}.${start}/25` },
      }),
    );
    subnets.push(Subnet?.SubnetId ?? "");
  }
  return { vpc, subnets };
}

/** @returns the ARN of the target group behind its listener. */
async function balancer(
  elb: ElasticLoadBalancingV2Client,
  vpc: string,
  subnets: readonly string[],
): Promise<string> {
  const { LoadBalancers } = await elb.send(
    new CreateLoadBalancerCommand({ Name: "bench", Scheme: "internal", Subnets: [...subnets] }),
  );
  const { TargetGroups } = await elb.send(
    new CreateTargetGroupCommand({
      ...{ Name: "bench", Protocol: "HTTP", Port: webPort, VpcId: vpc, TargetType: "ip" },
      ...{ HealthCheckIntervalSeconds: 5, HealthCheckTimeoutSeconds: 2, HealthyThresholdCount: 2 },
    }),
  );
  const TargetGroupArn = TargetGroups?.[0]?.TargetGroupArn ?? "";
  await elb.send(
    new ModifyTargetGroupAttributesCommand({
      TargetGroupArn,
      Attributes: [{ Key: "deregistration_delay.timeout_seconds", Value: "2" }],
    }),
  );
  await elb.send(
    new CreateListenerCommand({
      LoadBalancerArn: LoadBalancers?.[0]?.LoadBalancerArn,
      ...{ Protocol: "HTTP", Port: 18_080, DefaultActions: [{ Type: "forward", TargetGroupArn }] },
    }),
  );
  return TargetGroupArn;
}

/** Waits until a service's one deployment is whole. */
export async function settled(
  ecs: ECSClient,
  cluster: string,
  service: string,
  count: number,
): Promise<void> {
  for (let left = 600; left > 0; left -= 1) {
    const { services } = await ecs.send(new DescribeServicesCommand({ cluster, services: [service] }));
    const { deployments = [], runningCount } = services?.[0] ?? {};
    if (deployments.length === 1 && deployments[0]?.rolloutState === "COMPLETED" && runningCount === count)
      return;
    await wait(200);
  }
  throw new Error("the service does not come to rest");
}

/** Where the tasks of a service are: `<address>:<port>`. */
export async function addresses(
  ecs: ECSClient,
  cluster: string,
  service: string,
): Promise<readonly string[]> {
  const { taskArns = [] } = await ecs.send(new ListTasksCommand({ cluster, serviceName: service }));
  const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }));
  return tasks.flatMap(({ containers }) => {
    const address = containers?.[0]?.networkInterfaces?.[0]?.privateIpv4Address;
    return address === undefined ? [] : [`${address}:${webPort}`];
  });
}
