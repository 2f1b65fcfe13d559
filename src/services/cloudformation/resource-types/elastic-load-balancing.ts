import {
  type Action,
  CreateListenerCommand,
  type CreateListenerCommandInput,
  CreateLoadBalancerCommand,
  type CreateLoadBalancerCommandInput,
  CreateRuleCommand,
  type CreateRuleCommandInput,
  CreateTargetGroupCommand,
  type CreateTargetGroupCommandInput,
  DeleteListenerCommand,
  DeleteLoadBalancerCommand,
  DeleteRuleCommand,
  DeleteTargetGroupCommand,
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  ModifyListenerCommand,
  type ModifyListenerCommandInput,
  ModifyLoadBalancerAttributesCommand,
  ModifyRuleCommand,
  ModifyTargetGroupAttributesCommand,
  ModifyTargetGroupCommand,
  RegisterTargetsCommand,
  SetSecurityGroupsCommand,
  SetSubnetsCommand,
  type TargetDescription,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { isMap, type TemplateValue } from "../template/template.ts";
import type { Attributes, Properties, Provision, ResourceType } from "./resource-type.ts";
import { inputOf, type Kinds, tagsOf, textOf, textsOf, typed, unlessGone } from "./values.ts";

const kinds: Kinds = {
  numbers: [
    "DurationSeconds",
    "HealthCheckIntervalSeconds",
    "HealthCheckTimeoutSeconds",
    "HealthyThresholdCount",
    "Order",
    "Port",
    "Priority",
    "UnhealthyThresholdCount",
    "Weight",
  ],
  truths: ["Enabled", "HealthCheckEnabled"],
};

type KeyValue = { readonly Key: string; readonly Value: string };

function attributesOf(properties: Properties, name: string): KeyValue[] {
  const value = properties[name];
  return Array.isArray(value)
    ? value.filter(isMap).map(({ Key, Value }) => ({ Key: String(Key), Value: String(Value) }))
    : [];
}

const loadBalancer: ResourceType = {
  type: "AWS::ElasticLoadBalancingV2::LoadBalancer",
  properties: [
    "IpAddressType",
    "LoadBalancerAttributes",
    "Name",
    "Scheme",
    "SecurityGroups",
    "SubnetMappings",
    "Subnets",
    "Tags",
    "Type",
  ],
  replacedBy: ["Name", "Scheme", "Type", "SubnetMappings", "IpAddressType"],
  async create(properties, at) {
    const Name =
      properties.Name === undefined ? at.name(32).replaceAll(/^internal-/g, "") : textOf(properties, "Name");
    const input = inputOf<Omit<CreateLoadBalancerCommandInput, "Name">>(
      properties,
      ["IpAddressType", "Scheme", "SecurityGroups", "SubnetMappings", "Subnets", "Type"],
      kinds,
    );
    // Creating it again with the same settings answers the one that is there.
    const Tags = tagsOf(properties, at);
    const { LoadBalancers: [made] = [] } = await at.client.send(
      new CreateLoadBalancerCommand({ ...input, Name, ...(Tags.length > 0 && { Tags }) }),
    );
    const arn = made?.LoadBalancerArn ?? "";
    await putAttributes(arn, properties, at);
    return { physicalId: arn };
  },
  async settled(arn, _properties, { client }) {
    const { LoadBalancers: [found] = [] } = await client.send(
      new DescribeLoadBalancersCommand({ LoadBalancerArns: [arn] }),
    );
    if (found?.State?.Code !== "active") return undefined;
    return {
      DNSName: found.DNSName ?? "",
      CanonicalHostedZoneID: found.CanonicalHostedZoneId ?? "",
      LoadBalancerArn: arn,
      LoadBalancerName: found.LoadBalancerName ?? "",
      LoadBalancerFullName: arn.slice(arn.indexOf(":loadbalancer/") + ":loadbalancer/".length),
      SecurityGroups: found.SecurityGroups ?? [],
    };
  },
  async update(arn, properties, before, at) {
    if (JSON.stringify(before.SecurityGroups) !== JSON.stringify(properties.SecurityGroups)) {
      const SecurityGroups = [...textsOf(properties, "SecurityGroups")];
      await at.client.send(new SetSecurityGroupsCommand({ LoadBalancerArn: arn, SecurityGroups }));
    }
    if (JSON.stringify(before.Subnets) !== JSON.stringify(properties.Subnets)) {
      const Subnets = [...textsOf(properties, "Subnets")];
      await at.client.send(new SetSubnetsCommand({ LoadBalancerArn: arn, Subnets }));
    }
    await putAttributes(arn, properties, at);
    return {};
  },
  remove: (arn, _properties, { client }) =>
    unlessGone(client.send(new DeleteLoadBalancerCommand({ LoadBalancerArn: arn })), "LoadBalancerNotFound"),
};

async function putAttributes(
  LoadBalancerArn: string,
  properties: Properties,
  { client }: Provision,
): Promise<void> {
  const Attributes = attributesOf(properties, "LoadBalancerAttributes");
  if (Attributes.length > 0)
    await client.send(new ModifyLoadBalancerAttributesCommand({ LoadBalancerArn, Attributes }));
}

const checks = [
  "HealthCheckEnabled",
  "HealthCheckIntervalSeconds",
  "HealthCheckPath",
  "HealthCheckPort",
  "HealthCheckProtocol",
  "HealthCheckTimeoutSeconds",
  "HealthyThresholdCount",
  "Matcher",
  "UnhealthyThresholdCount",
];
const settings = ["IpAddressType", "Port", "Protocol", "ProtocolVersion", "TargetType", "VpcId"];

const targetGroup: ResourceType = {
  type: "AWS::ElasticLoadBalancingV2::TargetGroup",
  properties: [...checks, ...settings, "Name", "Tags", "TargetGroupAttributes", "Targets"],
  replacedBy: [...settings, "Name"],
  async create(properties, at) {
    const Name = properties.Name === undefined ? at.name(32) : textOf(properties, "Name");
    const input = inputOf<Omit<CreateTargetGroupCommandInput, "Name">>(
      properties,
      [...checks, ...settings],
      kinds,
    );
    const Tags = tagsOf(properties, at);
    const { TargetGroups: [made] = [] } = await at.client.send(
      new CreateTargetGroupCommand({ ...input, Name, ...(Tags.length > 0 && { Tags }) }),
    );
    const arn = made?.TargetGroupArn ?? "";
    await putGroupAttributes(arn, properties, at);
    const Targets = typed(properties.Targets ?? [], kinds) as unknown as TargetDescription[];
    if (Targets.length > 0)
      await at.client.send(new RegisterTargetsCommand({ TargetGroupArn: arn, Targets }));
    return { physicalId: arn, attributes: await describeGroup(arn, at) };
  },
  async update(arn, properties, _before, at) {
    await at.client.send(
      new ModifyTargetGroupCommand({ ...inputOf<object>(properties, checks, kinds), TargetGroupArn: arn }),
    );
    await putGroupAttributes(arn, properties, at);
    return describeGroup(arn, at);
  },
  remove: (arn, _properties, { client }) =>
    unlessGone(client.send(new DeleteTargetGroupCommand({ TargetGroupArn: arn })), "TargetGroupNotFound"),
};

async function putGroupAttributes(
  TargetGroupArn: string,
  properties: Properties,
  { client }: Provision,
): Promise<void> {
  const Attributes = attributesOf(properties, "TargetGroupAttributes");
  if (Attributes.length > 0)
    await client.send(new ModifyTargetGroupAttributesCommand({ TargetGroupArn, Attributes }));
}

async function describeGroup(arn: string, { client }: Provision): Promise<Attributes> {
  const { TargetGroups: [found] = [] } = await client.send(
    new DescribeTargetGroupsCommand({ TargetGroupArns: [arn] }),
  );
  return {
    TargetGroupArn: arn,
    TargetGroupName: found?.TargetGroupName ?? "",
    TargetGroupFullName: arn.slice(arn.lastIndexOf(":") + 1),
    LoadBalancerArns: found?.LoadBalancerArns ?? [],
  };
}

const listenerSettings = ["AlpnPolicy", "Certificates", "DefaultActions", "Port", "Protocol", "SslPolicy"];

const listener: ResourceType = {
  type: "AWS::ElasticLoadBalancingV2::Listener",
  properties: [...listenerSettings, "LoadBalancerArn"],
  replacedBy: ["LoadBalancerArn"],
  async create(properties, { client }) {
    const LoadBalancerArn = textOf(properties, "LoadBalancerArn");
    const input = { ...listenerInput(properties), LoadBalancerArn } as CreateListenerCommandInput;
    const { Listeners: [made] = [] } = await client.send(new CreateListenerCommand(input));
    const arn = made?.ListenerArn ?? "";
    return { physicalId: arn, attributes: { ListenerArn: arn } };
  },
  async update(arn, properties, _before, { client }) {
    const input = { ...listenerInput(properties), ListenerArn: arn } as ModifyListenerCommandInput;
    await client.send(new ModifyListenerCommand(input));
    return {};
  },
  remove: (arn, _properties, { client }) =>
    unlessGone(client.send(new DeleteListenerCommand({ ListenerArn: arn })), "ListenerNotFound"),
};

function listenerInput(properties: Properties): object {
  return inputOf<object>(properties, listenerSettings, kinds);
}

const rule: ResourceType = {
  type: "AWS::ElasticLoadBalancingV2::ListenerRule",
  properties: ["Actions", "Conditions", "ListenerArn", "Priority"],
  replacedBy: ["ListenerArn", "Priority"],
  async create(properties, { client }) {
    const input = inputOf<CreateRuleCommandInput>(
      properties,
      ["Actions", "Conditions", "ListenerArn", "Priority"],
      kinds,
    );
    const { Rules: [made] = [] } = await client.send(new CreateRuleCommand(input));
    const arn = made?.RuleArn ?? "";
    return { physicalId: arn, attributes: { RuleArn: arn, IsDefault: false } };
  },
  async update(arn, properties, _before, { client }) {
    const actions = typed(properties.Actions ?? [], kinds) as unknown as Action[];
    const Conditions = typed(properties.Conditions ?? [], kinds) as TemplateValue as never;
    await client.send(new ModifyRuleCommand({ RuleArn: arn, Actions: actions, Conditions }));
    return {};
  },
  remove: (arn, _properties, { client }) =>
    unlessGone(client.send(new DeleteRuleCommand({ RuleArn: arn })), "RuleNotFound"),
};

/** Elastic Load Balancing v2. */
export const elasticLoadBalancingTypes: readonly ResourceType[] = [loadBalancer, targetGroup, listener, rule];
