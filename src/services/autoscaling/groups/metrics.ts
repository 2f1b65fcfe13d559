import type { ServiceMetric } from "../../../dispatch/service-metric.ts";
import type { LifecycleState } from "../instances/instance.ts";
import type { Group, GroupDocument } from "./group.ts";

const inState = ({ instances }: GroupDocument, ...states: readonly LifecycleState[]): number =>
  instances.filter(({ state }) => states.includes(state)).length;

/** "Amazon CloudWatch metrics for Amazon EC2 Auto Scaling", User Guide; those of warm pools are always 0. */
const measures: Readonly<Record<string, (document: GroupDocument) => number>> = {
  GroupMinSize: ({ min }) => min,
  GroupMaxSize: ({ max }) => max,
  GroupDesiredCapacity: ({ desired }) => desired,
  GroupInServiceInstances: (one) => inState(one, "InService"),
  GroupPendingInstances: (one) => inState(one, "Pending", "Pending:Wait", "Pending:Proceed"),
  GroupStandbyInstances: (one) => inState(one, "Standby", "EnteringStandby"),
  GroupTerminatingInstances: (one) => inState(one, "Terminating", "Terminating:Wait", "Terminating:Proceed"),
  GroupTotalInstances: ({ instances }) => instances.length,
  GroupInServiceCapacity: (one) => inState(one, "InService"),
  GroupPendingCapacity: (one) => inState(one, "Pending", "Pending:Wait", "Pending:Proceed"),
  GroupStandbyCapacity: (one) => inState(one, "Standby", "EnteringStandby"),
  GroupTerminatingCapacity: (one) => inState(one, "Terminating", "Terminating:Wait", "Terminating:Proceed"),
  GroupTotalCapacity: ({ instances }) => instances.length,
  WarmPoolDesiredCapacity: () => 0,
  WarmPoolWarmedCapacity: () => 0,
  WarmPoolPendingCapacity: () => 0,
  WarmPoolTerminatingCapacity: () => 0,
  WarmPoolTotalCapacity: () => 0,
  GroupAndWarmPoolDesiredCapacity: ({ desired }) => desired,
  GroupAndWarmPoolTotalCapacity: ({ instances }) => instances.length,
};

/** The metrics that a group can publish. */
export const metricNames: readonly string[] = Object.keys(measures);

/** What a group publishes of itself now: the metrics that were enabled. */
export function groupMetrics({ name, document }: Group, now: number): readonly ServiceMetric[] {
  return document.metrics.flatMap((metric) => {
    const measure = measures[metric];
    if (measure === undefined) return [];
    return [
      {
        namespace: "AWS/AutoScaling",
        name: metric,
        dimensions: [{ name: "AutoScalingGroupName", value: name }],
        at: now,
        values: [[measure(document), 1] as const],
      },
    ];
  });
}
