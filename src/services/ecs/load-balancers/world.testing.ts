import { join } from "node:path";
import type { LoadBalancer } from "@aws-sdk/client-ecs";
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  DescribeRulesCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  ModifyTargetGroupAttributesCommand,
  type TargetHealthDescription,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { AttachRolePolicyCommand, CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import Database from "better-sqlite3";
import type { TestRoadstead } from "../../../../test/support/roadstead.ts";
import { type ServiceWorld, serviceWorld } from "../services/world.testing.ts";

/** A service's world with a load balancer in it, whose health checks say what the test says. */
export interface BalancedWorld extends ServiceWorld {
  readonly elb: ElasticLoadBalancingV2Client;
  readonly loadBalancerArn: string;
  /** Two target groups, and the listener that forwards to the first one. */
  readonly blue: string;
  readonly green: string;
  readonly listener: string;
  /** The listener's default rule. */
  readonly rule: string;
  /** The role that may change listeners. */
  readonly roleArn: string;
  /** The first target group, for CreateService. */
  readonly plain: LoadBalancer;
  /** Both, with what shifts traffic between them. */
  readonly advanced: LoadBalancer;
  /** What the load balancer says of the targets of a group. */
  health(group: string): Promise<readonly TargetHealthDescription[]>;
  /** Has health checks find this of the targets of a group: all, or one. */
  judge(group: string, state: "healthy" | "unhealthy", id?: string): void;
  /** Weights of the listener's groups, blue first. */
  weights(): Promise<readonly [blue: number, green: number]>;
}

export async function balancedWorld(roadstead: TestRoadstead): Promise<BalancedWorld> {
  const world = await serviceWorld(roadstead);
  const elb = new ElasticLoadBalancingV2Client(world.settings);
  const { LoadBalancers } = await elb.send(
    new CreateLoadBalancerCommand({ Name: "front", Subnets: world.subnets.slice(0, 2) }),
  );
  const { LoadBalancerArn: loadBalancerArn = "", VpcId } = LoadBalancers?.[0] ?? {};
  const group = async (Name: string): Promise<string> => {
    const { TargetGroups } = await elb.send(
      new CreateTargetGroupCommand({
        ...{ Name, VpcId, Protocol: "HTTP", Port: 80, TargetType: "ip" },
        // Whatever looks at the targets for itself comes to no conclusion in a test.
        ...{ HealthCheckIntervalSeconds: 300, UnhealthyThresholdCount: 10, HealthyThresholdCount: 10 },
      }),
    );
    const arn = TargetGroups?.[0]?.TargetGroupArn ?? "";
    const Attributes = [{ Key: "deregistration_delay.timeout_seconds", Value: "1" }];
    await elb.send(new ModifyTargetGroupAttributesCommand({ TargetGroupArn: arn, Attributes }));
    return arn;
  };
  const blue = await group("blue");
  const green = await group("green");
  const { Listeners } = await elb.send(
    new CreateListenerCommand({
      ...{ LoadBalancerArn: loadBalancerArn, Protocol: "HTTP", Port: 80 },
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
  const listener = Listeners?.[0]?.ListenerArn ?? "";
  const { Rules } = await elb.send(new DescribeRulesCommand({ ListenerArn: listener }));
  const rule = Rules?.[0]?.RuleArn ?? "";
  const roleArn = await infrastructureRole(new IAMClient(world.settings));
  await world.register({ containerDefinitions: [definitionOf("web:1")] });
  const plain = { targetGroupArn: blue, containerName: "main", containerPort: 80 };
  const advancedConfiguration = { alternateTargetGroupArn: green, productionListenerRule: rule, roleArn };
  return {
    ...{ ...world, elb, loadBalancerArn, blue, green, listener, rule, roleArn, plain },
    advanced: { ...plain, advancedConfiguration },
    async health(arn) {
      const { TargetHealthDescriptions = [] } = await elb.send(
        new DescribeTargetHealthCommand({ TargetGroupArn: arn }),
      );
      return TargetHealthDescriptions;
    },
    judge(arn, state, id) {
      const database = new Database(join(roadstead.dataDir, "roadstead.db"), { timeout: 5000 });
      const reason = state === "healthy" ? null : "Target.FailedHealthChecks";
      database
        .prepare(
          "update elasticloadbalancing_target set state = ?, reason = ?, description = ? where target_group = ? and id = coalesce(?, id) and draining_since is null",
        )
        .run(state, reason, state === "healthy" ? null : "Health checks failed", arn, id ?? null);
      database.close();
    },
    async weights() {
      const { Rules: found } = await elb.send(new DescribeRulesCommand({ RuleArns: [rule] }));
      const tuples = found?.[0]?.Actions?.[0]?.ForwardConfig?.TargetGroups ?? [];
      const weight = (arn: string) => tuples.find((one) => one.TargetGroupArn === arn)?.Weight ?? 0;
      return [weight(blue), weight(green)];
    },
  };
}

/** A container that listens on port 80. */
export function definitionOf(image: string) {
  return { name: "main", image, essential: true, portMappings: [{ name: "web", containerPort: 80 }] };
}

async function infrastructureRole(iam: IAMClient): Promise<string> {
  const trust = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: "ecs.amazonaws.com" }, Action: "sts:AssumeRole" }],
  };
  const RoleName = "traffic";
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: JSON.stringify(trust) }),
  );
  const PolicyArn = "arn:aws:iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers";
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
  return Role?.Arn ?? "";
}
