import {
  ApplicationAutoScalingClient,
  DescribeScalableTargetsCommand,
} from "@aws-sdk/client-application-auto-scaling";
import { DescribeSecurityGroupsCommand } from "@aws-sdk/client-ec2";
import {
  CreateExpressGatewayServiceCommand,
  DeleteExpressGatewayServiceCommand,
  DescribeExpressGatewayServiceCommand,
  DescribeServicesCommand,
  type ECSExpressGatewayService,
  UpdateExpressGatewayServiceCommand,
} from "@aws-sdk/client-ecs";
import {
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
  DescribeTargetGroupsCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { AttachRolePolicyCommand, CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type TestRoadstead, testRoadstead } from "../../../../test/support/roadstead.ts";
import { movableClock } from "../../../kernel/clock.ts";
import { second } from "../../../kernel/duration.ts";
import { faringRuntime, type ServiceWorld, serviceWorld } from "../services/world.testing.ts";

const clock = movableClock();
const patience = { timeout: 60_000, interval: 100 };
let roadstead: TestRoadstead;
let world: ServiceWorld;
let elb: ElasticLoadBalancingV2Client;
let infrastructureRoleArn: string;
let executionRoleArn: string;

async function role(name: string, service: string, policy: string): Promise<string> {
  const iam = new IAMClient(world.settings);
  const trust = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" }],
  };
  const AssumeRolePolicyDocument = JSON.stringify(trust);
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument }));
  await iam.send(
    new AttachRolePolicyCommand({
      RoleName: name,
      PolicyArn: `arn:aws:iam::aws:policy/service-role/${policy}`,
    }),
  );
  return Role?.Arn ?? "";
}

beforeAll(async () => {
  roadstead = await testRoadstead({ ecsHealthyAfter: 0 }, { clock, fargate: faringRuntime });
  world = await serviceWorld(roadstead);
  elb = new ElasticLoadBalancingV2Client(world.settings);
  const gateway = "AmazonECSInfrastructureRoleforExpressGatewayServices";
  infrastructureRoleArn = await role("gateway", "ecs.amazonaws.com", gateway);
  executionRoleArn = await role("execution", "ecs-tasks.amazonaws.com", "AmazonECSTaskExecutionRolePolicy");
});
afterAll(() => roadstead?.stop());

async function create(serviceName: string): Promise<string> {
  const { service } = await world.ecs.send(
    new CreateExpressGatewayServiceCommand({
      ...{ serviceName, infrastructureRoleArn, executionRoleArn },
      primaryContainer: { image: "web:1", containerPort: 8080 },
      scalingTarget: { minTaskCount: 2 },
    }),
  );
  expect(service).toMatchObject({ serviceName, status: { statusCode: "ACTIVE" }, cluster: "default" });
  return service?.serviceArn ?? "";
}

async function described(serviceArn: string): Promise<ECSExpressGatewayService> {
  const { service } = await world.ecs.send(
    new DescribeExpressGatewayServiceCommand({ serviceArn, include: ["TAGS"] }),
  );
  return service ?? {};
}

const named = async (name: string) =>
  (await world.ecs.send(new DescribeServicesCommand({ services: [name] }))).services?.[0];

describe("express gateway services", { timeout: 120_000 }, () => {
  test("share a load balancer, each behind its own name, and leave nothing", async () => {
    const arns = [await create("one"), await create("two")];
    const endpoints: string[] = [];
    for (const arn of arns) {
      const service = await vi.waitFor(async () => {
        clock.advance(second);
        const found = await described(arn);
        expect(found.status).toEqual({ statusCode: "ACTIVE" });
        expect(found.activeConfigurations?.[0]?.serviceRevisionArn).toBeDefined();
        return found;
      }, patience);
      const [configuration] = service.activeConfigurations ?? [];
      expect(configuration).toMatchObject({
        cpu: "256",
        memory: "512",
        healthCheckPath: "/ping",
        primaryContainer: { image: "web:1", containerPort: 8080 },
        scalingTarget: { minTaskCount: 2, maxTaskCount: 20, autoScalingMetric: "AVERAGE_CPU" },
      });
      endpoints.push(configuration?.ingressPaths?.[0]?.endpoint ?? "");
    }
    expect(endpoints[0]).toMatch(/^one-[0-9a-f]{8}\.ecs\.us-east-1\.on\.localhost$/);
    const { LoadBalancers = [] } = await elb.send(new DescribeLoadBalancersCommand({}));
    expect(LoadBalancers).toHaveLength(1);
    expect((await elb.send(new DescribeTargetGroupsCommand({}))).TargetGroups).toHaveLength(4);
    const service = await named("one");
    expect(service).toMatchObject({
      resourceManagementType: "ECS",
      desiredCount: 2,
      loadBalancers: [{ containerName: "Main", containerPort: 8080 }],
      deploymentConfiguration: { strategy: "CANARY" },
    });
    const rule = service?.loadBalancers?.[0]?.advancedConfiguration?.productionListenerRule ?? "";
    const { Rules } = await elb.send(new DescribeRulesCommand({ RuleArns: [rule] }));
    expect(Rules?.[0]?.Conditions?.[0]?.HostHeaderConfig?.Values).toEqual([endpoints[0]]);
    const scaling = new ApplicationAutoScalingClient(world.settings);
    await vi.waitFor(async () => {
      const { ScalableTargets } = await scaling.send(
        new DescribeScalableTargetsCommand({ ServiceNamespace: "ecs" }),
      );
      expect(ScalableTargets?.map(({ MinCapacity, MaxCapacity }) => [MinCapacity, MaxCapacity])).toEqual([
        [2, 20],
        [2, 20],
      ]);
    }, patience);
    scaling.destroy();

    await world.ecs.send(
      new UpdateExpressGatewayServiceCommand({
        serviceArn: arns[0],
        primaryContainer: { image: "web:2", containerPort: 8080 },
      }),
    );
    const before = service?.taskDefinition;
    await vi.waitFor(async () => expect((await named("one"))?.taskDefinition).not.toBe(before), patience);

    for (const serviceArn of arns)
      await world.ecs.send(new DeleteExpressGatewayServiceCommand({ serviceArn }));
    await vi.waitFor(async () => {
      clock.advance(3 * second);
      for (const arn of arns) expect((await described(arn)).status?.statusCode).toBe("INACTIVE");
    }, patience);
    expect((await elb.send(new DescribeLoadBalancersCommand({}))).LoadBalancers).toEqual([]);
    expect((await elb.send(new DescribeTargetGroupsCommand({}))).TargetGroups).toEqual([]);
    const { SecurityGroups = [] } = await world.ec2.send(new DescribeSecurityGroupsCommand({}));
    expect(SecurityGroups.map(({ GroupName }) => GroupName)).toEqual(["default"]);
  });

  test.each([
    ["no container", { executionRoleArn: "role" }, /primaryContainer can not be blank/],
    [
      "both a container and a definition",
      { taskDefinitionArn: "web", primaryContainer: { image: "web:1" } },
      /primaryContainer can not be given with a taskDefinitionArn/,
    ],
    ["a definition that has no Main", { taskDefinitionArn: "web" }, /container named Main/],
  ])("are refused with %s", async (_what, input, message) => {
    const command = new CreateExpressGatewayServiceCommand({
      ...{ serviceName: "wrong", infrastructureRoleArn },
      ...input,
    });
    await expect(world.ecs.send(command)).rejects.toThrow(message);
  });
});
