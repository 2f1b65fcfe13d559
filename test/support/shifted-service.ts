import { randomBytes } from "node:crypto";
import { CreateSubnetCommand, CreateVpcCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  CreateClusterCommand,
  CreateServiceCommand,
  type CreateServiceCommandInput,
  type DeploymentConfiguration,
  DescribeServiceDeploymentsCommand,
  DescribeServicesCommand,
  ECSClient,
  ListServiceDeploymentsCommand,
  RegisterTaskDefinitionCommand,
  type Service,
  type ServiceDeployment,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  DescribeRulesCommand,
  ElasticLoadBalancingV2Client,
  ModifyTargetGroupAttributesCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { AttachRolePolicyCommand, CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import type { ClientSettings } from "./roadstead.ts";
import { type Answers, steadyCallers } from "./steady-callers.ts";

/** Applets that an image of busybox needs for the tasks of a world. */
export const shiftedApplets = ["sh", "mkdir", "echo", "httpd", "sleep"];

const infrastructurePolicy = "arn:aws:iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers";
const containerPort = 8080;
const family = "shifted";

/** Two target groups behind two listeners of an application load balancer, and services of which each task says one word. */
export interface ShiftedWorld {
  readonly ecs: ECSClient;
  readonly elb: ElasticLoadBalancingV2Client;
  readonly subnets: readonly string[];
  /** ARNs of the target groups, and of the listeners. */
  readonly blue: string;
  readonly green: string;
  readonly production: string;
  readonly test: string;
  /** What a service says of its load balancer, for strategies that shift. */
  readonly shiftedBy: NonNullable<CreateServiceCommandInput["loadBalancers"]>;
  /** Registers the next revision of the family: its tasks say this word. */
  define(word: string): Promise<void>;
  create(service: string, more: Partial<CreateServiceCommandInput>): Promise<void>;
  update(service: string, deploymentConfiguration?: DeploymentConfiguration): Promise<void>;
  described(service: string): Promise<Service>;
  /** The newest deployment of a service. */
  newest(service: string): Promise<ServiceDeployment>;
  /** What so many requests to a listener are answered, each with how often. */
  sample(listener: string, count: number): Promise<Answers>;
  /** Asks a listener until something has come to its end. */
  underLoad(listener: string, work: () => Promise<void>): Promise<Answers>;
  /** Moves the clock. */
  forward(seconds: number): Promise<void>;
  close(): void;
}

/** @param image of busybox with `shiftedApplets`. @param ports of the listeners. */
export async function shiftedWorld(
  client: ClientSettings,
  image: string,
  ports: readonly [production: number, test: number] = [18_331, 18_332],
): Promise<ShiftedWorld> {
  const ecs = new ECSClient(client);
  const elb = new ElasticLoadBalancingV2Client(client);
  const callers = steadyCallers(client.endpoint);
  const { vpc, subnets } = await ownNetwork(client);
  const roleArn = await infrastructureRole(client);
  const { LoadBalancers } = await elb.send(
    new CreateLoadBalancerCommand({ Name: "shifted", Scheme: "internal", Subnets: [...subnets] }),
  );
  const LoadBalancerArn = LoadBalancers?.[0]?.LoadBalancerArn ?? "";
  const blue = await group(elb, "blue", vpc);
  const green = await group(elb, "green", vpc);
  const listener = async (Port: number): Promise<string> => {
    const { Listeners } = await elb.send(
      new CreateListenerCommand({
        ...{ LoadBalancerArn, Protocol: "HTTP", Port },
        DefaultActions: [
          {
            Type: "forward",
            ForwardConfig: {
              TargetGroups: [
                { TargetGroupArn: blue, Weight: 100 },
                { TargetGroupArn: green, Weight: 0 },
              ],
            },
          },
        ],
      }),
    );
    return Listeners?.[0]?.ListenerArn ?? "";
  };
  const ruleOf = async (ListenerArn: string): Promise<string> =>
    (await elb.send(new DescribeRulesCommand({ ListenerArn }))).Rules?.[0]?.RuleArn ?? "";
  const production = await listener(ports[0]);
  const test = await listener(ports[1]);
  const advancedConfiguration = {
    ...{ alternateTargetGroupArn: green, roleArn },
    productionListenerRule: await ruleOf(production),
    testListenerRule: await ruleOf(test),
  };
  await ecs.send(new CreateClusterCommand({}));

  const world: ShiftedWorld = {
    ...{ ecs, elb, subnets, blue, green, production, test },
    shiftedBy: [{ targetGroupArn: blue, containerName: "main", containerPort, advancedConfiguration }],
    async define(word) {
      const script = `mkdir -p /w; echo -n ${word} > /w/index.html; trap 'exit 0' TERM; httpd -p ${containerPort} -h /w; sleep 100000 & wait`;
      await ecs.send(
        new RegisterTaskDefinitionCommand({
          ...{ family, networkMode: "awsvpc", requiresCompatibilities: ["FARGATE"] },
          ...{ cpu: "256", memory: "512" },
          containerDefinitions: [
            {
              ...{ name: "main", image, command: ["sh", "-c", script], stopTimeout: 2 },
              portMappings: [{ containerPort }],
            },
          ],
        }),
      );
    },
    async create(serviceName, more) {
      await ecs.send(
        new CreateServiceCommand({
          ...{ serviceName, taskDefinition: family, desiredCount: 1, launchType: "FARGATE" },
          loadBalancers: world.shiftedBy,
          networkConfiguration: { awsvpcConfiguration: { subnets: [...subnets] } },
          ...more,
        }),
      );
    },
    async update(service, deploymentConfiguration) {
      await ecs.send(
        new UpdateServiceCommand({
          ...{ service, taskDefinition: family },
          ...(deploymentConfiguration && { deploymentConfiguration }),
        }),
      );
    },
    async described(service) {
      const { services } = await ecs.send(new DescribeServicesCommand({ services: [service] }));
      return services?.[0] ?? {};
    },
    async newest(service) {
      const { serviceDeployments: [brief] = [] } = await ecs.send(
        new ListServiceDeploymentsCommand({ service }),
      );
      const { serviceDeployments: [found] = [] } = await ecs.send(
        new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [brief?.serviceDeploymentArn ?? ""] }),
      );
      return found ?? {};
    },
    sample: async (listener, count) => callers.sample(`${await callers.placeOf(listener)}/`, count),
    underLoad: async (listener, work) => callers.underLoad(`${await callers.placeOf(listener)}/`, work),
    async forward(seconds) {
      await fetch(`${client.endpoint}/_roadstead/clock`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ advanceSeconds: seconds }),
      });
    },
    close() {
      callers.close();
      ecs.destroy();
      elb.destroy();
    },
  };
  return world;
}

/** A VPC with two subnets, of a range that nobody else on this engine is likely to have: else the host could not reach what is there. */
export async function ownNetwork(
  client: ClientSettings,
): Promise<{ vpc: string; subnets: readonly string[] }> {
  const ec2 = new EC2Client(client);
  const [x = 0, y = 0] = randomBytes(2);
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: `10.${x}.${y}.0/24` }));
  const subnets: string[] = [];
  for (const [AvailabilityZone, start] of [
    ["us-east-1a", 0],
    ["us-east-1b", 128],
  ] as const) {
    const { Subnet } = await ec2.send(
      new CreateSubnetCommand({
        ...{ VpcId: Vpc?.VpcId, AvailabilityZone, CidrBlock: `10.${x}.${y}.${start}/25` },
      }),
    );
    subnets.push(Subnet?.SubnetId ?? "");
  }
  ec2.destroy();
  return { vpc: Vpc?.VpcId ?? "", subnets };
}

async function infrastructureRole(client: ClientSettings): Promise<string> {
  const iam = new IAMClient(client);
  const RoleName = "infrastructure";
  const trust = { Effect: "Allow", Principal: { Service: "ecs.amazonaws.com" }, Action: "sts:AssumeRole" };
  const { Role } = await iam.send(
    new CreateRoleCommand({
      RoleName,
      AssumeRolePolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [trust] }),
    }),
  );
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: infrastructurePolicy }));
  iam.destroy();
  return Role?.Arn ?? "";
}

async function group(elb: ElasticLoadBalancingV2Client, Name: string, VpcId: string): Promise<string> {
  const { TargetGroups } = await elb.send(
    new CreateTargetGroupCommand({
      ...{ Name, VpcId, Protocol: "HTTP", Port: containerPort, TargetType: "ip" },
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
  return TargetGroupArn;
}
