import type { AnyOperation, WriteOperation } from "../../../dispatch/operation.ts";
import { validation } from "../faults.ts";
import { type AutoScaling, describing, onGroup } from "../operation.ts";
import { changeGroup, needGroup } from "./group.ts";
import { metricNames } from "./metrics.ts";

/** "Suspend and resume Amazon EC2 Auto Scaling processes", User Guide. */
const processNames = [
  "AZRebalance",
  "AddToLoadBalancer",
  "AlarmNotification",
  "HealthCheck",
  "InstanceRefresh",
  "Launch",
  "ReplaceUnhealthy",
  "ScheduledActions",
  "Terminate",
] as const;

/** @throws Fault `ValidationError`. */
function readProcesses(wanted: readonly string[] | undefined): readonly string[] {
  if (wanted === undefined || wanted.length === 0) return processNames;
  const strange = wanted.find((name) => !(processNames as readonly string[]).includes(name));
  if (strange !== undefined) throw validation(`Unknown ScalingProcessType: ${strange.slice(0, 128)}`);
  return wanted;
}

const suspendProcesses: WriteOperation<AutoScaling, "SuspendProcesses"> = {
  name: "SuspendProcesses",
  authorise: ({ AutoScalingGroupName }, ctx) => onGroup("SuspendProcesses", AutoScalingGroupName, ctx),
  async commit(tx, ctx, { AutoScalingGroupName, ScalingProcesses }) {
    const group = await needGroup(tx, ctx, AutoScalingGroupName);
    const reason = `User suspended at ${new Date(ctx.now).toISOString().slice(0, 19)}Z`;
    const added = Object.fromEntries(readProcesses(ScalingProcesses).map((name) => [name, reason]));
    await changeGroup(tx, group, { suspended: { ...added, ...group.document.suspended } });
    return {};
  },
};

const resumeProcesses: WriteOperation<AutoScaling, "ResumeProcesses"> = {
  name: "ResumeProcesses",
  authorise: ({ AutoScalingGroupName }, ctx) => onGroup("ResumeProcesses", AutoScalingGroupName, ctx),
  async commit(tx, ctx, { AutoScalingGroupName, ScalingProcesses }) {
    const group = await needGroup(tx, ctx, AutoScalingGroupName);
    const resumed = new Set(readProcesses(ScalingProcesses));
    await changeGroup(tx, group, {
      suspended: Object.fromEntries(
        Object.entries(group.document.suspended).filter(([name]) => !resumed.has(name)),
      ),
    });
    return {};
  },
};

/** @throws Fault `ValidationError`. */
function readMetrics(wanted: readonly string[] | undefined): readonly string[] {
  if (wanted === undefined || wanted.length === 0) return metricNames;
  const strange = wanted.find((name) => !metricNames.includes(name));
  if (strange !== undefined) throw validation(`Invalid metric name: ${strange.slice(0, 128)}`);
  return wanted;
}

const enableMetricsCollection: WriteOperation<AutoScaling, "EnableMetricsCollection"> = {
  name: "EnableMetricsCollection",
  authorise: ({ AutoScalingGroupName }, ctx) => onGroup("EnableMetricsCollection", AutoScalingGroupName, ctx),
  async commit(tx, ctx, { AutoScalingGroupName, Metrics, Granularity }) {
    const group = await needGroup(tx, ctx, AutoScalingGroupName);
    if (Granularity !== "1Minute") throw validation("The only supported granularity is 1Minute.");
    const metrics = [...new Set([...group.document.metrics, ...readMetrics(Metrics)])].sort();
    await changeGroup(tx, group, { metrics });
    return {};
  },
};

const disableMetricsCollection: WriteOperation<AutoScaling, "DisableMetricsCollection"> = {
  name: "DisableMetricsCollection",
  authorise: ({ AutoScalingGroupName }, ctx) =>
    onGroup("DisableMetricsCollection", AutoScalingGroupName, ctx),
  async commit(tx, ctx, { AutoScalingGroupName, Metrics }) {
    const group = await needGroup(tx, ctx, AutoScalingGroupName);
    const gone = new Set(readMetrics(Metrics));
    await changeGroup(tx, group, { metrics: group.document.metrics.filter((name) => !gone.has(name)) });
    return {};
  },
};

const describeScalingProcessTypes = describing("DescribeScalingProcessTypes", async () => ({
  Processes: processNames.map((ProcessName) => ({ ProcessName })),
}));

const describeMetricCollectionTypes = describing("DescribeMetricCollectionTypes", async () => ({
  Metrics: metricNames.map((Metric) => ({ Metric })),
  Granularities: [{ Granularity: "1Minute" }],
}));

export const processOperations: readonly AnyOperation[] = [
  describeMetricCollectionTypes,
  describeScalingProcessTypes,
  disableMetricsCollection,
  enableMetricsCollection,
  resumeProcesses,
  suspendProcesses,
];
