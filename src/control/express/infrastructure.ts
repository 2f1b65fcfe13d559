import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  DescribeSecurityGroupsCommand,
  type IpPermission,
} from "@aws-sdk/client-ec2";
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateRuleCommand,
  CreateTargetGroupCommand,
  DeleteListenerCommand,
  DeleteLoadBalancerCommand,
  DeleteRuleCommand,
  DeleteTargetGroupCommand,
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Client } from "../../dispatch/context.ts";
import { isFault } from "../../kernel/fault.ts";
import type { InspectedExpress } from "../../services/ecs/express/execution.ts";
import type { ExpressResources, ExpressService } from "../../services/ecs/express/express-service.ts";
import { isShared, sharedWith } from "./plan.ts";

/** AWS: the tag by which the managed policy of infrastructure roles knows what ECS makes. */
const Tags = [{ Key: "AmazonECSManaged", Value: "true" }];

/** Ours: without ACM's certificates the endpoint speaks HTTP. */
const listenerPort = 80;

/** The security group of the load balancer, shared with it, and that of the tasks where the customer gave none. */
export async function makeSecurityGroups(role: Client, found: InspectedExpress): Promise<ExpressResources> {
  const { express } = found;
  const { network, configuration, resources } = express.document;
  const { vpcId, vpcCidr, isPublic } = network;
  const shared = sharedWith(found)?.document.resources;
  const cidr = isPublic ? "0.0.0.0/0" : vpcCidr;
  const balancer =
    shared?.loadBalancerSecurityGroup ??
    (await securityGroup(role, vpcId, `ecs-express-gateway-alb-${express.document.hash}`, {
      ...tcp(listenerPort),
      IpRanges: [{ CidrIp: cidr }],
    }));
  const own =
    network.securityGroups.length > 0
      ? undefined
      : (resources.serviceSecurityGroup ??
        (await securityGroup(role, vpcId, `ecs-express-gateway-${express.document.hash}`, {
          ...tcp(configuration.containerPort),
          UserIdGroupPairs: [{ GroupId: balancer }],
        })));
  return {
    loadBalancerSecurityGroup: balancer,
    ...(own !== undefined && { serviceSecurityGroup: own }),
  };
}

function tcp(port: number): Pick<IpPermission, "IpProtocol" | "FromPort" | "ToPort"> {
  return { IpProtocol: "tcp", FromPort: port, ToPort: port };
}

/** A security group by its name, made where it is missing, that lets this in. */
async function securityGroup(
  role: Client,
  vpcId: string,
  name: string,
  permission: IpPermission,
): Promise<string> {
  const { SecurityGroups = [] } = await role.send(
    new DescribeSecurityGroupsCommand({
      Filters: [
        { Name: "vpc-id", Values: [vpcId] },
        { Name: "group-name", Values: [name] },
      ],
    }),
  );
  const GroupId =
    SecurityGroups[0]?.GroupId ??
    (
      await role.send(
        new CreateSecurityGroupCommand({
          ...{ GroupName: name, VpcId: vpcId, Description: "Managed by Amazon ECS for express services" },
          TagSpecifications: [{ ResourceType: "security-group", Tags }],
        }),
      )
    ).GroupId;
  try {
    await role.send(
      new AuthorizeSecurityGroupIngressCommand({
        ...{ GroupId, IpPermissions: [permission] },
        TagSpecifications: [{ ResourceType: "security-group-rule", Tags }],
      }),
    );
  } catch (error) {
    if (!isFault(error, "InvalidPermission.Duplicate")) throw error;
  }
  return GroupId ?? "";
}

/** The load balancer, shared by up to 25 express services of the same subnets; and the name of this one behind it. */
export async function makeLoadBalancer(role: Client, found: InspectedExpress): Promise<ExpressResources> {
  const { hash, network, resources } = found.express.document;
  const shared = sharedWith(found)?.document.resources.loadBalancerArn;
  const { LoadBalancers = [] } =
    shared === undefined
      ? await role.send(
          new CreateLoadBalancerCommand({
            ...{ Name: `ecs-express-gateway-alb-${hash}`.slice(0, 32), Type: "application", Tags },
            Scheme: network.isPublic ? "internet-facing" : "internal",
            Subnets: [...network.subnets],
            SecurityGroups: [resources.loadBalancerSecurityGroup ?? ""],
          }),
        )
      : await role.send(new DescribeLoadBalancersCommand({ LoadBalancerArns: [shared] }));
  const [balancer] = LoadBalancers;
  return {
    loadBalancerArn: balancer?.LoadBalancerArn ?? "",
    endpoint: endpointOf(found.express, balancer?.DNSName ?? ""),
  };
}

/** `<service>-<hash>.ecs.<region>.on.<domain>`, where load balancers are `….elb.<domain>`. */
function endpointOf({ key, document }: ExpressService, dnsName: string): string {
  const [, domain = "aws"] = dnsName.split(".elb.");
  const label = `${key.service.toLowerCase().replaceAll("_", "-").slice(0, 54)}-${document.hash}`;
  return `${label}.ecs.${key.region}.on.${domain}`;
}

/** Two target groups, between which revisions take turns. */
export async function makeTargetGroups(
  role: Client,
  { express }: InspectedExpress,
): Promise<ExpressResources> {
  const { hash, network, configuration } = express.document;
  const targetGroupArns: string[] = [];
  for (const number of [1, 2]) {
    const { TargetGroups = [] } = await role.send(
      new CreateTargetGroupCommand({
        ...{ Name: `ecs-gateway-tg-${hash}-${number}`, VpcId: network.vpcId, TargetType: "ip", Tags },
        ...{
          Protocol: "HTTP",
          Port: configuration.containerPort,
          HealthCheckPath: configuration.healthCheckPath,
        },
      }),
    );
    targetGroupArns.push(TargetGroups[0]?.TargetGroupArn ?? "");
  }
  return { targetGroupArns };
}

/** The one listener of the load balancer, which knows no host but those of its rules. */
export async function makeListener(role: Client, { express }: InspectedExpress): Promise<ExpressResources> {
  const { loadBalancerArn: LoadBalancerArn } = express.document.resources;
  const { Listeners: there = [] } = await role.send(new DescribeListenersCommand({ LoadBalancerArn }));
  if (there[0]?.ListenerArn !== undefined) return { listenerArn: there[0].ListenerArn };
  const { Listeners = [] } = await role.send(
    new CreateListenerCommand({
      ...{ LoadBalancerArn, Protocol: "HTTP", Port: listenerPort, Tags },
      DefaultActions: [
        { Type: "fixed-response", FixedResponseConfig: { StatusCode: "404", ContentType: "text/plain" } },
      ],
    }),
  );
  return { listenerArn: Listeners[0]?.ListenerArn ?? "" };
}

/** The rule that leads the requests for the service's name to its target groups. */
export async function makeRule(role: Client, { express }: InspectedExpress): Promise<ExpressResources> {
  const { listenerArn: ListenerArn, targetGroupArns = [], endpoint = "" } = express.document.resources;
  const { Rules: there = [] } = await role.send(new DescribeRulesCommand({ ListenerArn }));
  const own = there.find(({ Conditions = [] }) =>
    Conditions.some(({ HostHeaderConfig }) => HostHeaderConfig?.Values?.includes(endpoint)),
  );
  if (own?.RuleArn !== undefined) return { ruleArn: own.RuleArn };
  const taken = new Set(there.map(({ Priority }) => Priority));
  const Priority = Array.from({ length: taken.size + 1 }, (_, index) => index + 1).find(
    (priority) => !taken.has(String(priority)),
  );
  const { Rules = [] } = await role.send(
    new CreateRuleCommand({
      ...{ ListenerArn, Priority, Tags },
      Conditions: [{ Field: "host-header", HostHeaderConfig: { Values: [endpoint] } }],
      Actions: [
        {
          Type: "forward",
          ForwardConfig: {
            TargetGroups: targetGroupArns.map((TargetGroupArn, index) => ({
              TargetGroupArn,
              Weight: index === 0 ? 100 : 0,
            })),
          },
        },
      ],
    }),
  );
  return { ruleArn: Rules[0]?.RuleArn ?? "" };
}

export async function removeRule(role: Client, { express }: InspectedExpress): Promise<ExpressResources> {
  await unlessGone(role.send(new DeleteRuleCommand({ RuleArn: express.document.resources.ruleArn })));
  return { ruleArn: undefined };
}

export async function removeTargetGroups(
  role: Client,
  { express }: InspectedExpress,
): Promise<ExpressResources> {
  for (const TargetGroupArn of express.document.resources.targetGroupArns ?? []) {
    await unlessGone(role.send(new DeleteTargetGroupCommand({ TargetGroupArn })));
  }
  return { targetGroupArns: undefined };
}

/** Removes the load balancer, unless another express service uses it: then its security group is that one's as well. */
export async function removeLoadBalancer(role: Client, found: InspectedExpress): Promise<ExpressResources> {
  const { loadBalancerArn: LoadBalancerArn, listenerArn: ListenerArn } = found.express.document.resources;
  const gone = { loadBalancerArn: undefined, listenerArn: undefined, endpoint: undefined };
  if (isShared(found)) return { ...gone, loadBalancerSecurityGroup: undefined };
  if (ListenerArn !== undefined) await unlessGone(role.send(new DeleteListenerCommand({ ListenerArn })));
  await unlessGone(role.send(new DeleteLoadBalancerCommand({ LoadBalancerArn })));
  return gone;
}

/** The tasks' group first: its rule names the load balancer's. */
export async function removeSecurityGroups(
  role: Client,
  { express }: InspectedExpress,
): Promise<ExpressResources> {
  const { serviceSecurityGroup, loadBalancerSecurityGroup } = express.document.resources;
  for (const GroupId of [serviceSecurityGroup, loadBalancerSecurityGroup]) {
    if (GroupId !== undefined) await unlessGone(role.send(new DeleteSecurityGroupCommand({ GroupId })));
  }
  return { serviceSecurityGroup: undefined, loadBalancerSecurityGroup: undefined };
}

async function unlessGone(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!isFault(error) || !/NotFound/.test(error.code)) throw error;
  }
}
