import type {
  CustomizedMetricSpecification,
  TargetTrackingScalingPolicyConfiguration,
} from "@aws-sdk/client-application-auto-scaling";
import type { MetricDataQuery, PutMetricAlarmInput } from "@aws-sdk/client-cloudwatch";
import { type NamedKey, policyArn, type Scope } from "../arn.ts";
import { derivedUuid } from "../derived-id.ts";
import { serviceOf } from "../named.ts";

/** Which side of the target value an alarm watches. */
export type Side = "AlarmHigh" | "AlarmLow";

/** An alarm that a target tracking policy makes. */
export interface TrackingAlarm {
  readonly side: Side;
  readonly name: string;
  readonly put: PutMetricAlarmInput;
}

/** Seconds of a period of every metric that is tracked. */
const period = 60;

/**
 * The two alarms of a policy: above the target for three minutes, and below nine tenths of it for fifteen (User Guide,
 * "Target tracking scaling policies for Application Auto Scaling", and what AWS makes for a service of ECS).
 * Their names follow from the policy's: a call that is made again puts the same alarms.
 */
export function trackingAlarms(
  key: NamedKey,
  id: string,
  tracking: TargetTrackingScalingPolicyConfiguration,
): readonly TrackingAlarm[] {
  const arn = policyArn(key, id);
  const target = tracking.TargetValue ?? 0;
  const alarm = (side: Side, more: PutMetricAlarmParts): TrackingAlarm => {
    const uuid = derivedUuid(key.account, key.region, key.resourceId, key.name, side);
    const name = `TargetTracking-${key.resourceId}-${side}-${uuid}`;
    return {
      side,
      name,
      put: {
        AlarmName: name,
        AlarmDescription: `DO NOT EDIT OR DELETE. For TargetTrackingScaling policy ${arn}.`,
        ActionsEnabled: true,
        AlarmActions: [arn],
        ...trackedMetric(key.resourceId, tracking),
        ...more,
      },
    };
  };
  return [
    alarm("AlarmHigh", {
      EvaluationPeriods: 3,
      Threshold: target,
      ComparisonOperator: "GreaterThanThreshold",
    }),
    alarm("AlarmLow", {
      EvaluationPeriods: 15,
      Threshold: (target * 9) / 10,
      ComparisonOperator: "LessThanThreshold",
    }),
  ];
}

type PutMetricAlarmParts = Pick<
  PutMetricAlarmInput,
  "EvaluationPeriods" | "Threshold" | "ComparisonOperator"
>;

/** Alarms as answers name them. */
export const apiAlarms = ({ account, region }: Scope, names: readonly string[]) =>
  names.map((name) => ({
    AlarmName: name,
    AlarmARN: `arn:aws:cloudwatch:${region}:${account}:alarm:${name}`,
  }));

type TrackedMetric = Pick<
  PutMetricAlarmInput,
  "Namespace" | "MetricName" | "Dimensions" | "Statistic" | "Unit" | "Period" | "Metrics"
>;

function trackedMetric(
  resourceId: string,
  {
    PredefinedMetricSpecification: predefined,
    CustomizedMetricSpecification: own,
  }: TargetTrackingScalingPolicyConfiguration,
): TrackedMetric {
  if (own?.Metrics !== undefined && own.Metrics.length > 0) return { Metrics: own.Metrics.map(query) };
  if (own !== undefined) return customized(own);
  if (predefined?.PredefinedMetricType === "ALBRequestCountPerTarget") {
    const [loadBalancer = "", targetGroup = ""] = labelParts(predefined.ResourceLabel) ?? [];
    return {
      Namespace: "AWS/ApplicationELB",
      MetricName: "RequestCountPerTarget",
      Dimensions: [
        { Name: "LoadBalancer", Value: loadBalancer },
        { Name: "TargetGroup", Value: targetGroup },
      ],
      Statistic: "Sum",
      Period: period,
    };
  }
  const { cluster, service } = serviceOf(resourceId);
  const memory = predefined?.PredefinedMetricType === "ECSServiceAverageMemoryUtilization";
  return {
    Namespace: "AWS/ECS",
    MetricName: memory ? "MemoryUtilization" : "CPUUtilization",
    Dimensions: [
      { Name: "ClusterName", Value: cluster },
      { Name: "ServiceName", Value: service },
    ],
    Statistic: "Average",
    Period: period,
  };
}

function customized(own: CustomizedMetricSpecification): TrackedMetric {
  return {
    Namespace: own.Namespace,
    MetricName: own.MetricName,
    Dimensions: own.Dimensions ?? [],
    Statistic: own.Statistic,
    Period: period,
    ...(own.Unit !== undefined && { Unit: own.Unit as PutMetricAlarmInput["Unit"] }),
  };
}

function query({
  Id,
  Expression,
  Label,
  MetricStat,
  ReturnData,
}: NonNullable<CustomizedMetricSpecification["Metrics"]>[number]): MetricDataQuery {
  return {
    Id,
    ...(Expression !== undefined && { Expression, Period: period }),
    ...(Label !== undefined && { Label }),
    ...(MetricStat !== undefined && {
      MetricStat: {
        Metric: MetricStat.Metric,
        Stat: MetricStat.Stat,
        Period: period,
        ...(MetricStat.Unit !== undefined && { Unit: MetricStat.Unit as PutMetricAlarmInput["Unit"] }),
      },
    }),
    ReturnData: ReturnData ?? true,
  };
}

/**
 * Load balancer and target group of a resource label: `app/<name>/<id>/targetgroup/<name>/<id>` (API Reference,
 * "PredefinedMetricSpecification"). `undefined` when it is none.
 */
export function labelParts(label: string | undefined): readonly [string, string] | undefined {
  const [, loadBalancer, targetGroup] =
    /^(app\/[^/]+\/[^/]+)\/(targetgroup\/[^/]+\/[^/]+)$/.exec(label ?? "") ?? [];
  return loadBalancer === undefined || targetGroup === undefined ? undefined : [loadBalancer, targetGroup];
}
