import {
  DeleteScalingPolicyCommand,
  DeregisterScalableTargetCommand,
  PutScalingPolicyCommand,
  type PutScalingPolicyCommandInput,
  RegisterScalableTargetCommand,
  type RegisterScalableTargetCommandInput,
} from "@aws-sdk/client-application-auto-scaling";
import {
  DeleteAlarmsCommand,
  DeleteDashboardsCommand,
  PutDashboardCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
} from "@aws-sdk/client-cloudwatch";
import {
  DeleteRuleCommand,
  ListTargetsByRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  type Target,
} from "@aws-sdk/client-eventbridge";
import { formatArn } from "../../../kernel/arn.ts";
import { isMap } from "../template/template.ts";
import type { Attributes, Properties, Provision, ResourceType } from "./resource-type.ts";
import { difference, documentOf, inputOf, type Kinds, tagsOf, textOf, textOr, unlessGone } from "./values.ts";

const scalingKinds: Kinds = {
  numbers: [
    "Cooldown",
    "MaxCapacity",
    "MetricIntervalLowerBound",
    "MetricIntervalUpperBound",
    "MinAdjustmentMagnitude",
    "MinCapacity",
    "ScaleInCooldown",
    "ScaleOutCooldown",
    "ScalingAdjustment",
    "TargetValue",
  ],
  truths: [
    "DisableScaleIn",
    "DynamicScalingInSuspended",
    "DynamicScalingOutSuspended",
    "ScheduledScalingSuspended",
  ],
};

const targetKey = ["ResourceId", "ScalableDimension", "ServiceNamespace"];
const targetMembers = [...targetKey, "MaxCapacity", "MinCapacity", "RoleARN", "SuspendedState"];

const scalableTarget: ResourceType = {
  type: "AWS::ApplicationAutoScaling::ScalableTarget",
  properties: targetMembers,
  replacedBy: targetKey,
  async create(properties, at) {
    const arn = await register(properties, at);
    const id = targetKey.map((name) => textOf(properties, name)).join("|");
    return { physicalId: id, attributes: { Id: id, ...(arn !== undefined && { ScalableTargetARN: arn }) } };
  },
  async update(_id, properties, _before, at) {
    await register(properties, at);
    return {};
  },
  remove: (_id, properties, { client }) =>
    unlessGone(
      client.send(new DeregisterScalableTargetCommand(inputOf(properties, targetKey))),
      "ObjectNotFoundException",
    ),
};

async function register(properties: Properties, { client }: Provision): Promise<string | undefined> {
  const input = inputOf<RegisterScalableTargetCommandInput>(properties, targetMembers, scalingKinds);
  return (await client.send(new RegisterScalableTargetCommand(input))).ScalableTargetARN;
}

const policyMembers = [
  "PolicyType",
  "StepScalingPolicyConfiguration",
  "TargetTrackingScalingPolicyConfiguration",
];

const scalingPolicy: ResourceType = {
  type: "AWS::ApplicationAutoScaling::ScalingPolicy",
  properties: [...policyMembers, ...targetKey, "PolicyName", "ScalingTargetId"],
  replacedBy: [...targetKey, "PolicyName", "ScalingTargetId"],
  async create(properties, at) {
    const arn = await putPolicy(properties, at);
    return { physicalId: arn, attributes: { Arn: arn } };
  },
  async update(_arn, properties, _before, at) {
    await putPolicy(properties, at);
    return {};
  },
  remove: (_arn, properties, { client }) =>
    unlessGone(
      client.send(
        new DeleteScalingPolicyCommand({
          ...targetOf(properties),
          PolicyName: textOf(properties, "PolicyName"),
        } as never),
      ),
      "ObjectNotFoundException",
    ),
};

/** A policy names its target by three properties, or by what `Ref` gives for the target. */
function targetOf(properties: Properties): Readonly<Record<string, string>> {
  if (properties.ScalingTargetId === undefined) return inputOf(properties, targetKey);
  const [ResourceId = "", ScalableDimension = "", ServiceNamespace = ""] = textOf(
    properties,
    "ScalingTargetId",
  ).split("|");
  return { ResourceId, ScalableDimension, ServiceNamespace };
}

async function putPolicy(properties: Properties, { client }: Provision): Promise<string> {
  const input = {
    ...inputOf<object>(properties, policyMembers, scalingKinds),
    ...targetOf(properties),
    PolicyName: textOf(properties, "PolicyName"),
  };
  const { PolicyARN = "" } = await client.send(
    new PutScalingPolicyCommand(input as unknown as PutScalingPolicyCommandInput),
  );
  return PolicyARN;
}

const alarmMembers = [
  "ActionsEnabled",
  "AlarmActions",
  "AlarmDescription",
  "ComparisonOperator",
  "DatapointsToAlarm",
  "Dimensions",
  "EvaluateLowSampleCountPercentile",
  "EvaluationPeriods",
  "ExtendedStatistic",
  "InsufficientDataActions",
  "MetricName",
  "Metrics",
  "Namespace",
  "OKActions",
  "Period",
  "Statistic",
  "Threshold",
  "ThresholdMetricId",
  "TreatMissingData",
  "Unit",
];
const alarmKinds: Kinds = {
  numbers: ["DatapointsToAlarm", "EvaluationPeriods", "Period", "Threshold"],
  truths: ["ActionsEnabled", "ReturnData"],
};

const alarm: ResourceType = {
  type: "AWS::CloudWatch::Alarm",
  properties: [...alarmMembers, "AlarmName", "Tags"],
  replacedBy: ["AlarmName"],
  async create(properties, at) {
    const name = textOr(properties, "AlarmName", at.name(255));
    await putAlarm(name, properties, at);
    return { physicalId: name, attributes: alarmAttributes(name, at) };
  },
  async update(name, properties, _before, at) {
    await putAlarm(name, properties, at);
    return alarmAttributes(name, at);
  },
  remove: (name, _properties, { client }) =>
    unlessGone(client.send(new DeleteAlarmsCommand({ AlarmNames: [name] })), "ResourceNotFound"),
};

async function putAlarm(AlarmName: string, properties: Properties, at: Provision): Promise<void> {
  const Tags = tagsOf(properties, at);
  const input = inputOf<PutMetricAlarmCommandInput>(properties, alarmMembers, alarmKinds);
  await at.client.send(new PutMetricAlarmCommand({ ...input, AlarmName, ...(Tags.length > 0 && { Tags }) }));
}

function alarmAttributes(name: string, { stack }: Provision): Attributes {
  return { Arn: formatArn("cloudwatch", stack.region, stack.account, `alarm:${name}`) };
}

const dashboard: ResourceType = {
  type: "AWS::CloudWatch::Dashboard",
  properties: ["DashboardBody", "DashboardName"],
  replacedBy: ["DashboardName"],
  async create(properties, at) {
    const name = textOr(properties, "DashboardName", at.name(255));
    await at.client.send(
      new PutDashboardCommand({ DashboardName: name, DashboardBody: documentOf(properties.DashboardBody) }),
    );
    return { physicalId: name };
  },
  async update(name, properties, _before, { client }) {
    await client.send(
      new PutDashboardCommand({ DashboardName: name, DashboardBody: documentOf(properties.DashboardBody) }),
    );
    return {};
  },
  remove: (name, _properties, { client }) =>
    unlessGone(
      client.send(new DeleteDashboardsCommand({ DashboardNames: [name] })),
      "DashboardNotFoundError",
    ),
};

const eventRule: ResourceType = {
  type: "AWS::Events::Rule",
  properties: [
    "Description",
    "EventBusName",
    "EventPattern",
    "Name",
    "RoleArn",
    "ScheduleExpression",
    "State",
    "Targets",
  ],
  replacedBy: ["EventBusName", "Name"],
  async create(properties, at) {
    const name = textOr(properties, "Name", at.name(64));
    const arn = await putRule(name, properties, {}, at);
    return { physicalId: name, attributes: { Arn: arn } };
  },
  async update(name, properties, before, at) {
    return { Arn: await putRule(name, properties, before, at) };
  },
  remove: (name, properties, { client }) =>
    unlessGone(
      (async () => {
        const bus = busOf(properties);
        const { Targets = [] } = await client.send(new ListTargetsByRuleCommand({ Rule: name, ...bus }));
        const Ids = Targets.map(({ Id = "" }) => Id);
        if (Ids.length > 0) await client.send(new RemoveTargetsCommand({ Rule: name, Ids, ...bus }));
        await client.send(new DeleteRuleCommand({ Name: name, ...bus }));
      })(),
      "ResourceNotFoundException",
    ),
};

function busOf({ EventBusName }: Properties): { EventBusName?: string } {
  return EventBusName === undefined ? {} : { EventBusName: String(EventBusName) };
}

function targetsOf(properties: Properties): Target[] {
  const value = properties.Targets;
  const kinds = {
    numbers: ["MaximumEventAgeInSeconds", "MaximumRetryAttempts", "TaskCount"],
    truths: ["EnableECSManagedTags", "EnableExecuteCommand"],
  };
  return Array.isArray(value)
    ? value.filter(isMap).map((target) => inputOf<Target>(target, Object.keys(target), kinds))
    : [];
}

async function putRule(
  name: string,
  properties: Properties,
  before: Properties,
  { client }: Provision,
): Promise<string> {
  const { EventPattern } = properties;
  const { RuleArn = "" } = await client.send(
    new PutRuleCommand({
      ...inputOf<object>(properties, [
        "Description",
        "EventBusName",
        "RoleArn",
        "ScheduleExpression",
        "State",
      ]),
      ...(EventPattern !== undefined && { EventPattern: documentOf(EventPattern) }),
      Name: name,
    }),
  );
  const Targets = targetsOf(properties);
  if (Targets.length > 0)
    await client.send(new PutTargetsCommand({ Rule: name, Targets, ...busOf(properties) }));
  const ids = (targets: readonly Target[]): string[] => targets.map(({ Id = "" }) => Id);
  const { removed } = difference(ids(targetsOf(before)), ids(Targets));
  if (removed.length > 0) {
    await client.send(new RemoveTargetsCommand({ Rule: name, Ids: [...removed], ...busOf(properties) }));
  }
  return RuleArn;
}

/** Application Auto Scaling, CloudWatch and EventBridge. */
export const scalingTypes: readonly ResourceType[] = [
  scalableTarget,
  scalingPolicy,
  alarm,
  dashboard,
  eventRule,
];
