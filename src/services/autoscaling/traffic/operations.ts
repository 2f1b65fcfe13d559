import type { AnyOperation, WriteOperation } from "../../../dispatch/operation.ts";
import type { Tx } from "../../../store/types.ts";
import { limitExceeded } from "../faults.ts";
import { changeGroup, type Group, needGroup } from "../groups/group.ts";
import { admitTargetGroups } from "../groups/network.ts";
import { type AutoScaling, describing, onGroup, paged } from "../operation.ts";
import { trafficOf } from "./traffic.ts";

/** AWS General Reference, "Amazon EC2 Auto Scaling endpoints and quotas". */
const mostTargetGroups = 50;

async function attach(tx: Tx, group: Group, arns: readonly string[]): Promise<object> {
  const targetGroups = [...new Set([...group.document.targetGroups, ...arns])];
  if (targetGroups.length > mostTargetGroups) {
    throw limitExceeded(`You have already used up your quota of ${mostTargetGroups} target groups.`);
  }
  await changeGroup(tx, group, { targetGroups });
  return {};
}

async function detach(tx: Tx, group: Group, arns: readonly string[]): Promise<object> {
  await changeGroup(tx, group, {
    targetGroups: group.document.targetGroups.filter((arn) => !arns.includes(arn)),
  });
  return {};
}

const attachLoadBalancerTargetGroups: WriteOperation<AutoScaling, "AttachLoadBalancerTargetGroups"> = {
  name: "AttachLoadBalancerTargetGroups",
  authorise: ({ AutoScalingGroupName, TargetGroupARNs }, ctx) =>
    onGroup("AttachLoadBalancerTargetGroups", AutoScalingGroupName, ctx, {
      "autoscaling:TargetGroupARNs": TargetGroupARNs,
    }),
  async prepare(ctx, { TargetGroupARNs = [] }) {
    await admitTargetGroups(ctx, TargetGroupARNs);
    return undefined;
  },
  commit: async (tx, ctx, { AutoScalingGroupName, TargetGroupARNs = [] }) =>
    attach(tx, await needGroup(tx, ctx, AutoScalingGroupName), TargetGroupARNs),
};

const detachLoadBalancerTargetGroups: WriteOperation<AutoScaling, "DetachLoadBalancerTargetGroups"> = {
  name: "DetachLoadBalancerTargetGroups",
  authorise: ({ AutoScalingGroupName, TargetGroupARNs }, ctx) =>
    onGroup("DetachLoadBalancerTargetGroups", AutoScalingGroupName, ctx, {
      "autoscaling:TargetGroupARNs": TargetGroupARNs,
    }),
  commit: async (tx, ctx, { AutoScalingGroupName, TargetGroupARNs = [] }) =>
    detach(tx, await needGroup(tx, ctx, AutoScalingGroupName), TargetGroupARNs),
};

const attachTrafficSources: WriteOperation<AutoScaling, "AttachTrafficSources"> = {
  name: "AttachTrafficSources",
  authorise: ({ AutoScalingGroupName, TrafficSources = [] }, ctx) =>
    onGroup("AttachTrafficSources", AutoScalingGroupName, ctx, {
      "autoscaling:TrafficSourceIdentifiers": TrafficSources.map(({ Identifier = "" }) => Identifier),
    }),
  async prepare(ctx, { TrafficSources = [] }) {
    await admitTargetGroups(ctx, trafficOf(TrafficSources));
    return undefined;
  },
  commit: async (tx, ctx, { AutoScalingGroupName, TrafficSources = [] }) =>
    attach(tx, await needGroup(tx, ctx, AutoScalingGroupName), trafficOf(TrafficSources)),
};

const detachTrafficSources: WriteOperation<AutoScaling, "DetachTrafficSources"> = {
  name: "DetachTrafficSources",
  authorise: ({ AutoScalingGroupName, TrafficSources = [] }, ctx) =>
    onGroup("DetachTrafficSources", AutoScalingGroupName, ctx, {
      "autoscaling:TrafficSourceIdentifiers": TrafficSources.map(({ Identifier = "" }) => Identifier),
    }),
  commit: async (tx, ctx, { AutoScalingGroupName, TrafficSources = [] }) =>
    detach(tx, await needGroup(tx, ctx, AutoScalingGroupName), trafficOf(TrafficSources)),
};

/** AWS: whether the instances are registered; with EC2 health checks InService is not waited for. */
function stateOf({ document }: Group, arn: string): "Adding" | "Added" {
  const serving = document.instances.filter(({ state }) => state === "InService");
  return serving.every(({ registered = [] }) => registered.includes(arn)) ? "Added" : "Adding";
}

const describeLoadBalancerTargetGroups = describing(
  "DescribeLoadBalancerTargetGroups",
  async (ctx, input) => {
    const group = await needGroup(ctx.rows, ctx, input.AutoScalingGroupName);
    const { items, NextToken } = paged([...group.document.targetGroups].sort(), input, (arn) => arn, 100);
    return {
      LoadBalancerTargetGroups: items.map((arn) => ({
        LoadBalancerTargetGroupARN: arn,
        State: stateOf(group, arn),
      })),
      NextToken,
    };
  },
);

const describeTrafficSources = describing("DescribeTrafficSources", async (ctx, input) => {
  const group = await needGroup(ctx.rows, ctx, input.AutoScalingGroupName);
  const wanted = (input.TrafficSourceType ?? "elbv2") === "elbv2" ? group.document.targetGroups : [];
  const { items, NextToken } = paged([...wanted].sort(), input, (arn) => arn);
  return {
    TrafficSources: items.map((arn) => ({
      TrafficSource: arn,
      Identifier: arn,
      Type: "elbv2",
      State: stateOf(group, arn),
    })),
    NextToken,
  };
});

/** AWS's older load balancers are not there, and no group has one. */
const describeLoadBalancers = describing("DescribeLoadBalancers", async (ctx, input) => {
  await needGroup(ctx.rows, ctx, input.AutoScalingGroupName);
  return { LoadBalancers: [] };
});

export const trafficOperations: readonly AnyOperation[] = [
  attachLoadBalancerTargetGroups,
  attachTrafficSources,
  describeLoadBalancerTargetGroups,
  describeLoadBalancers,
  describeTrafficSources,
  detachLoadBalancerTargetGroups,
  detachTrafficSources,
];
