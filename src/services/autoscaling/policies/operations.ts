import type * as autoscaling from "@aws-sdk/client-auto-scaling";
import {
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  PutMetricAlarmCommand,
} from "@aws-sdk/client-cloudwatch";
import type { PrepareContext } from "../../../dispatch/context.ts";
import type { AnyOperation, WriteOperation } from "../../../dispatch/operation.ts";
import { formatArn } from "../../../kernel/arn.ts";
import { uuid } from "../../../kernel/ids.ts";
import { parsePolicyArn, scalingPolicyArn } from "../arn.ts";
import { limitExceeded, validation } from "../faults.ts";
import { intentOf, withinBounds } from "../groups/capacity.ts";
import { changeGroup, type Group, listGroups, needGroup } from "../groups/group.ts";
import { refuseCooldown } from "../instances/operations.ts";
import { type AutoScaling, describing, onGroup, paged } from "../operation.ts";
import { autoScalingPrincipal, autoScalingSession } from "../principal.ts";
import { adjusted, type ScalingPolicy, stepFor } from "./policy.ts";
import { readPolicy } from "./read-policy.ts";
import { trackingAlarms } from "./tracking-alarms.ts";

/** AWS General Reference, "Amazon EC2 Auto Scaling endpoints and quotas". */
const mostPolicies = 50;

const asRole = (ctx: PrepareContext) =>
  ctx.as({ servicePrincipal: autoScalingPrincipal, sessionName: autoScalingSession });

/** A policy is named by its name, or by its ARN. */
function policyNamed(group: Group, named: string): ScalingPolicy | undefined {
  const name = parsePolicyArn(named)?.policy ?? named;
  return group.document.policies.find((one) => one.name === name);
}

const putScalingPolicy: WriteOperation<AutoScaling, "PutScalingPolicy", ScalingPolicy> = {
  name: "PutScalingPolicy",
  authorise: ({ AutoScalingGroupName }, ctx) => onGroup("PutScalingPolicy", AutoScalingGroupName, ctx),
  async prepare(ctx, input) {
    const group = await needGroup(ctx.rows, ctx, input.AutoScalingGroupName);
    const before = group.document.policies.find(({ name }) => name === input.PolicyName);
    const policy = readPolicy(input, before?.id ?? uuid(ctx.random));
    if (policy.tracking === undefined) {
      await deleteAlarms(ctx, before?.alarms ?? []);
      return policy;
    }
    const arn = scalingPolicyArn(group, policy.id, policy.name);
    const alarms = trackingAlarms({
      group: group.name,
      high: suffixOf(before, "High") ?? uuid(ctx.random),
      low: suffixOf(before, "Low") ?? uuid(ctx.random),
      policyArn: arn,
      tracking: policy.tracking,
    });
    for (const alarm of alarms) await asRole(ctx).send(new PutMetricAlarmCommand(alarm));
    const made = alarms.map(({ AlarmName: name = "" }) => ({
      name,
      arn: formatArn("cloudwatch", ctx.region, ctx.account, `alarm:${name}`),
    }));
    const gone = (before?.alarms ?? []).filter((one) => !made.some(({ name }) => name === one.name));
    await deleteAlarms(ctx, gone);
    return { ...policy, alarms: made };
  },
  async commit(tx, ctx, input, policy) {
    const group = await needGroup(tx, ctx, input.AutoScalingGroupName);
    const others = group.document.policies.filter(({ name }) => name !== policy.name);
    if (others.length >= mostPolicies) {
      throw limitExceeded(`You have already used up your quota of ${mostPolicies} scaling policies.`);
    }
    await changeGroup(tx, group, { policies: [...others, policy] });
    return {
      PolicyARN: scalingPolicyArn(group, policy.id, policy.name),
      Alarms: (policy.alarms ?? []).map(({ name, arn }) => ({ AlarmName: name, AlarmARN: arn })),
    };
  },
};

/** The UUID at the end of an alarm's name. */
function suffixOf(policy: ScalingPolicy | undefined, way: "High" | "Low"): string | undefined {
  const alarm = policy?.alarms?.find(({ name }) => name.includes(`-Alarm${way}-`));
  return alarm?.name.split(`-Alarm${way}-`)[1];
}

async function deleteAlarms(
  ctx: PrepareContext,
  alarms: readonly { readonly name: string }[],
): Promise<void> {
  if (alarms.length === 0) return;
  const names = alarms.map(({ name }) => name);
  // One that somebody has deleted is no error.
  const { MetricAlarms = [] } = await asRole(ctx).send(new DescribeAlarmsCommand({ AlarmNames: names }));
  const left = MetricAlarms.flatMap(({ AlarmName }) => (AlarmName === undefined ? [] : [AlarmName]));
  if (left.length > 0) await asRole(ctx).send(new DeleteAlarmsCommand({ AlarmNames: left }));
}

/** Deletes the alarms that a group's policies have made: for whoever deletes the group. */
export async function deletePolicyAlarms(ctx: PrepareContext, group: Group): Promise<void> {
  await deleteAlarms(
    ctx,
    group.document.policies.flatMap(({ alarms = [] }) => alarms),
  );
}

const deletePolicy: WriteOperation<AutoScaling, "DeletePolicy"> = {
  name: "DeletePolicy",
  authorise: ({ AutoScalingGroupName, PolicyName = "" }, ctx) =>
    onGroup("DeletePolicy", AutoScalingGroupName ?? parsePolicyArn(PolicyName)?.group.name, ctx),
  async prepare(ctx, { AutoScalingGroupName, PolicyName = "" }) {
    const name = AutoScalingGroupName ?? parsePolicyArn(PolicyName)?.group.name;
    const group = await needGroup(ctx.rows, ctx, name);
    await deleteAlarms(ctx, policyNamed(group, PolicyName)?.alarms ?? []);
    return undefined;
  },
  async commit(tx, ctx, { AutoScalingGroupName, PolicyName = "" }) {
    const name = AutoScalingGroupName ?? parsePolicyArn(PolicyName)?.group.name;
    const group = await needGroup(tx, ctx, name);
    const policy = policyNamed(group, PolicyName);
    if (policy === undefined) throw policyNotFound(PolicyName);
    await changeGroup(tx, group, { policies: group.document.policies.filter((one) => one !== policy) });
    return {};
  },
};

const policyNotFound = (name: string) => validation(`Policy name not found: ${name.slice(0, 256)}`);

const executePolicy: WriteOperation<AutoScaling, "ExecutePolicy"> = {
  name: "ExecutePolicy",
  authorise: ({ AutoScalingGroupName, PolicyName = "" }, ctx) =>
    onGroup("ExecutePolicy", AutoScalingGroupName ?? parsePolicyArn(PolicyName)?.group.name, ctx),
  async commit(tx, ctx, input) {
    const { PolicyName = "", HonorCooldown = false, MetricValue, BreachThreshold } = input;
    const name = input.AutoScalingGroupName ?? parsePolicyArn(PolicyName)?.group.name;
    const group = await needGroup(tx, ctx, name);
    const policy = policyNamed(group, PolicyName);
    if (policy === undefined) throw policyNotFound(PolicyName);
    if (policy.type === "TargetTrackingScaling") {
      throw validation("ExecutePolicy is not supported for TargetTrackingScaling policies.");
    }
    if (policy.type === "SimpleScaling") refuseCooldown(group, HonorCooldown, ctx.now);
    else if (MetricValue === undefined || BreachThreshold === undefined) {
      throw validation("MetricValue and BreachThreshold are required for StepScaling policies.");
    }
    const adjustment =
      policy.type === "SimpleScaling"
        ? (policy.adjustment ?? 0)
        : stepFor(policy.steps ?? [], (MetricValue ?? 0) - (BreachThreshold ?? 0));
    if (adjustment === undefined) {
      throw validation("The metric value is in no step of the policy.");
    }
    const { document } = group;
    const wanted = adjusted(document.desired, policy, adjustment);
    const { desired } = withinBounds({ ...document, desired: wanted });
    await changeGroup(tx, group, {
      desired,
      cooldownUntil: ctx.now + (policy.cooldown ?? document.cooldown) * 1000,
      ...intentOf(ctx.now, `a user request executed policy ${policy.name}`, document.desired, desired),
    });
    return {};
  },
};

const describePolicies = describing("DescribePolicies", async (ctx, input) => {
  const { AutoScalingGroupName: name, PolicyNames: names = [], PolicyTypes: types = [] } = input;
  const groups =
    name === undefined ? await listGroups(ctx.rows, ctx) : [await needGroup(ctx.rows, ctx, name)];
  const all = groups.flatMap((group) =>
    group.document.policies
      .filter(
        (policy) =>
          (names.length === 0 || names.some((one) => policyNamed(group, one) === policy)) &&
          (types.length === 0 || types.includes(policy.type)),
      )
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map((policy) => ({ group, policy })),
  );
  const { items, NextToken } = paged(all, input, ({ group, policy }) => `${group.name}\t${policy.name}`);
  const ScalingPolicies = await Promise.all(
    items.map(async ({ group, policy }) => wirePolicy(group, policy, await alarmsOf(ctx, group, policy))),
  );
  return { ScalingPolicies, NextToken };
});

/** The alarms that call a policy: those that were made for it, and a customer's own. */
async function alarmsOf(
  ctx: PrepareContext,
  group: Group,
  policy: ScalingPolicy,
): Promise<readonly autoscaling.Alarm[]> {
  if (policy.alarms !== undefined) {
    return policy.alarms.map(({ name, arn }) => ({ AlarmName: name, AlarmARN: arn }));
  }
  const arn = scalingPolicyArn(group, policy.id, policy.name);
  const { MetricAlarms = [] } = await asRole(ctx).send(new DescribeAlarmsCommand({ ActionPrefix: arn }));
  return MetricAlarms.map(({ AlarmName, AlarmArn }) => ({ AlarmName, AlarmARN: AlarmArn }));
}

function wirePolicy(
  group: Group,
  policy: ScalingPolicy,
  Alarms: readonly autoscaling.Alarm[],
): autoscaling.ScalingPolicy {
  return {
    AutoScalingGroupName: group.name,
    PolicyName: policy.name,
    PolicyARN: scalingPolicyArn(group, policy.id, policy.name),
    PolicyType: policy.type,
    ...(policy.adjustmentType !== undefined && { AdjustmentType: policy.adjustmentType }),
    ...(policy.minMagnitude !== undefined && { MinAdjustmentMagnitude: policy.minMagnitude }),
    ...(policy.adjustment !== undefined && { ScalingAdjustment: policy.adjustment }),
    ...(policy.cooldown !== undefined && { Cooldown: policy.cooldown }),
    StepAdjustments: (policy.steps ?? []).map(({ lower, upper, adjustment }) => ({
      ...(lower !== undefined && { MetricIntervalLowerBound: lower }),
      ...(upper !== undefined && { MetricIntervalUpperBound: upper }),
      ScalingAdjustment: adjustment,
    })),
    ...(policy.aggregation !== undefined && { MetricAggregationType: policy.aggregation }),
    ...(policy.warmup !== undefined && { EstimatedInstanceWarmup: policy.warmup }),
    ...(policy.tracking !== undefined && { TargetTrackingConfiguration: policy.tracking }),
    Alarms: [...Alarms],
    Enabled: policy.enabled,
  };
}

export const policyOperations: readonly AnyOperation[] = [
  deletePolicy,
  describePolicies,
  executePolicy,
  putScalingPolicy,
];
