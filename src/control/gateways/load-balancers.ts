import { RevokeSecurityGroupIngressCommand } from "@aws-sdk/client-ec2";
import type { GatewayOperationError } from "@aws-sdk/client-ecs";
import {
  CreateLoadBalancerCommand,
  DeleteListenerCommand,
  DeleteLoadBalancerCommand,
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  ModifyLoadBalancerAttributesCommand,
  SetSecurityGroupsCommand,
  type Tag,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Client } from "../../dispatch/context.ts";
import { isFault } from "../../kernel/fault.ts";
import type { InspectedGateway, UpdateOutcome } from "../../services/ecs/gateways/execution.ts";
import type { Gateway, GatewayBalancer } from "../../services/ecs/gateways/gateway.ts";
import { ensureGroup, letIn, removeGroup, removeIfThere, rulesIn, tcp } from "./security-groups.ts";

/** AWS: the only port of a gateway. */
export const listenerPort = 443;

/** The tags of what ECS makes: the mark by which the managed policy of the role knows it, and the gateway's own. */
export const tagsOn = ({ tags }: InspectedGateway): Tag[] => [
  { Key: "AmazonECSManaged", Value: "true" },
  ...tags
    .filter(({ key }) => key !== "AmazonECSManaged")
    .map(({ key, value }) => ({ Key: key, Value: value })),
];

/** The next part of a load balancer: its security group, itself, its attributes. */
export async function makeBalancer(
  role: Client,
  found: InspectedGateway,
  balancer: GatewayBalancer,
): Promise<GatewayBalancer> {
  const { gateway } = found;
  const { vpcId, settings } = gateway.document;
  const Name = `ecs-gateway-alb-${balancer.hash}`;
  const Tags = tagsOn(found);
  if (balancer.securityGroup === undefined) {
    const securityGroup = await ensureGroup(role, { vpcId, name: Name, Tags });
    return { ...balancer, securityGroup, inboundRules: await openDoor(role, gateway, securityGroup, Tags) };
  }
  if (balancer.loadBalancerArn === undefined) {
    const there = (await balancersNamed(role, Name))[0];
    const { LoadBalancers = [] } =
      there !== undefined
        ? { LoadBalancers: [there] }
        : await role.send(
            new CreateLoadBalancerCommand({
              ...{ Name, Type: "application", Scheme: settings.scheme, Subnets: [...settings.subnets], Tags },
              SecurityGroups: groupsOf(gateway, balancer),
            }),
          );
    const [made] = LoadBalancers;
    return { ...balancer, loadBalancerArn: made?.LoadBalancerArn ?? "", dnsName: made?.DNSName ?? "" };
  }
  await setAttributes(role, gateway, balancer);
  return { ...balancer, set: true };
}

async function balancersNamed(role: Client, name: string) {
  try {
    return (await role.send(new DescribeLoadBalancersCommand({ Names: [name] }))).LoadBalancers ?? [];
  } catch (error) {
    if (isFault(error) && /NotFound/.test(error.code)) return [];
    throw error;
  }
}

/** AWS: where the customer gives a group, that one alone says who may call. */
async function openDoor(role: Client, { document }: Gateway, group: string, Tags: Tag[]) {
  const { scheme, inboundSecurityGroup } = document.settings;
  if (inboundSecurityGroup !== undefined) return [];
  const CidrIp = scheme === "internal" ? document.vpcCidr : "0.0.0.0/0";
  return await letIn(role, group, { ...tcp(listenerPort), IpRanges: [{ CidrIp }] }, Tags);
}

function groupsOf({ document }: Gateway, { securityGroup }: GatewayBalancer): string[] {
  return [securityGroup, document.settings.inboundSecurityGroup].filter((group) => group !== undefined);
}

async function setAttributes(
  role: Client,
  { document }: Gateway,
  { loadBalancerArn: LoadBalancerArn }: GatewayBalancer,
): Promise<void> {
  const { httpDesync, accessLogs } = document.settings;
  const { bucket = "", prefix = "" } = accessLogs?.destination?.s3 ?? {};
  const Attributes = [
    { Key: "routing.http.desync_mitigation_mode", Value: httpDesync },
    { Key: "deletion_protection.enabled", Value: String(document.deletionProtection) },
    { Key: "access_logs.s3.enabled", Value: String(bucket !== "") },
    ...(bucket === ""
      ? []
      : [
          { Key: "access_logs.s3.bucket", Value: bucket },
          { Key: "access_logs.s3.prefix", Value: prefix },
        ]),
  ];
  await role.send(new ModifyLoadBalancerAttributesCommand({ LoadBalancerArn, Attributes }));
}

/** Removes a load balancer with all that is its own. The gateway's protection is against customers, not against ECS. */
export async function removeBalancer(role: Client, balancer: GatewayBalancer): Promise<void> {
  const { listenerArn: ListenerArn, loadBalancerArn: LoadBalancerArn, securityGroup } = balancer;
  if (LoadBalancerArn !== undefined) {
    if (ListenerArn !== undefined) await removeListener(role, ListenerArn);
    const look = new DescribeLoadBalancersCommand({ LoadBalancerArns: [LoadBalancerArn] });
    await removeIfThere(role.send(look), async () => {
      const Attributes = [{ Key: "deletion_protection.enabled", Value: "false" }];
      await role.send(new ModifyLoadBalancerAttributesCommand({ LoadBalancerArn, Attributes }));
      await role.send(new DeleteLoadBalancerCommand({ LoadBalancerArn }));
    });
  }
  if (securityGroup !== undefined) await removeGroup(role, securityGroup);
}

export async function removeListener(role: Client, ListenerArn: string): Promise<void> {
  const look = new DescribeListenersCommand({ ListenerArns: [ListenerArn] });
  await removeIfThere(role.send(look), () => role.send(new DeleteListenerCommand({ ListenerArn })));
}

/** What an update changed of a load balancer, and what of it did not work (API Reference, "UpdateGateway"). */
export async function updateBalancer(
  role: Client,
  found: InspectedGateway,
  balancer: GatewayBalancer,
): Promise<{ readonly balancer: GatewayBalancer; readonly failures: UpdateOutcome["failures"] }> {
  const { gateway } = found;
  const { loadBalancerArn: LoadBalancerArn = "", securityGroup = "" } = balancer;
  const errors: GatewayOperationError[] = [];
  let inboundRules = balancer.inboundRules ?? [];
  const changes = {
    "elasticloadbalancing:ModifyLoadBalancerAttributes": () => setAttributes(role, gateway, balancer),
    "ec2:AuthorizeSecurityGroupIngress": async () => {
      await openDoor(role, gateway, securityGroup, tagsOn(found));
    },
    "elasticloadbalancing:SetSecurityGroups": async () => {
      const SecurityGroups = groupsOf(gateway, balancer);
      await role.send(new SetSecurityGroupsCommand({ LoadBalancerArn, SecurityGroups }));
    },
    "ec2:RevokeSecurityGroupIngress": async () => {
      inboundRules = await rulesIn(role, securityGroup);
      if (gateway.document.settings.inboundSecurityGroup === undefined || inboundRules.length === 0) return;
      const SecurityGroupRuleIds = [...inboundRules];
      await role.send(
        new RevokeSecurityGroupIngressCommand({ GroupId: securityGroup, SecurityGroupRuleIds }),
      );
      inboundRules = [];
    },
  };
  for (const [operation, change] of Object.entries(changes)) {
    try {
      await change();
    } catch (error) {
      if (!isFault(error) || error.code === "InternalFailure") throw error;
      errors.push({ operation, code: error.code, message: error.message });
    }
  }
  return {
    balancer: { ...balancer, inboundRules },
    failures: errors.length > 0 ? [{ arn: LoadBalancerArn, errors }] : [],
  };
}
