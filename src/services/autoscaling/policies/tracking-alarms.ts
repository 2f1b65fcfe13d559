import type * as autoscaling from "@aws-sdk/client-auto-scaling";
import type { MetricDataQuery, PutMetricAlarmCommandInput } from "@aws-sdk/client-cloudwatch";
import { notServed, validation } from "../faults.ts";

/** What both alarms of a target tracking policy are made of. */
interface AlarmOf {
  readonly group: string;
  /** A UUID for each alarm's name. */
  readonly high: string;
  readonly low: string;
  readonly policyArn: string;
  readonly tracking: autoscaling.TargetTrackingConfiguration;
}

/**
 * The alarms that a target tracking policy makes and keeps ("Target tracking scaling policies", User Guide): above the
 * target for three minutes, and below nine tenths of it for fifteen.
 */
export function trackingAlarms({
  group,
  high,
  low,
  policyArn,
  tracking,
}: AlarmOf): readonly PutMetricAlarmCommandInput[] {
  const target = tracking.TargetValue ?? 0;
  const watched = watchedBy(tracking);
  const description = `DO NOT EDIT OR DELETE. For TargetTrackingScaling policy ${policyArn}.`;
  const common = { AlarmDescription: description, AlarmActions: [policyArn], ...watched };
  // AWS: what ECS manages answers at once, and shrinks as soon as it is below the target at all.
  const managed = tracking.CustomizedMetricSpecification?.Namespace === "AWS/ECS/ManagedScaling";
  const highAlarm: PutMetricAlarmCommandInput = {
    ...common,
    AlarmName: `TargetTracking-${group}-AlarmHigh-${high}`,
    ComparisonOperator: "GreaterThanThreshold",
    Threshold: target,
    EvaluationPeriods: managed ? 1 : 3,
  };
  if (tracking.DisableScaleIn === true) return [highAlarm];
  return [
    highAlarm,
    {
      ...common,
      AlarmName: `TargetTracking-${group}-AlarmLow-${low}`,
      ComparisonOperator: "LessThanThreshold",
      Threshold: managed ? target : target * 0.9,
      EvaluationPeriods: 15,
    },
  ];
}

type Watched = Pick<
  PutMetricAlarmCommandInput,
  "Namespace" | "MetricName" | "Dimensions" | "Statistic" | "Unit" | "Period" | "Metrics"
>;

/** What a policy's alarms watch. @throws Fault `ValidationError` for what is measured nowhere here. */
export function watchedBy({
  PredefinedMetricSpecification: predefined,
  CustomizedMetricSpecification: customized,
}: autoscaling.TargetTrackingConfiguration): Watched {
  if ((predefined === undefined) === (customized === undefined)) {
    throw validation(
      "Exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification must be specified.",
    );
  }
  if (predefined !== undefined) return predefinedMetric(predefined);
  if (customized?.Metrics !== undefined && customized.Metrics.length > 0) {
    return { Metrics: customized.Metrics.map(queryOf) };
  }
  const { MetricName, Namespace, Statistic, Dimensions = [], Unit, Period = 60 } = customized ?? {};
  if (MetricName === undefined || Namespace === undefined || Statistic === undefined) {
    throw validation("MetricName, Namespace and Statistic, or Metrics, must be specified.");
  }
  if (Period !== 60) throw notServed("A Period other than 60");
  return {
    ...{ Namespace, MetricName, Statistic, Period },
    Dimensions: Dimensions.map(({ Name, Value }) => ({ Name, Value })),
    ...(Unit !== undefined && { Unit: Unit as NonNullable<Watched["Unit"]> }),
  };
}

function predefinedMetric({
  PredefinedMetricType: type,
  ResourceLabel,
}: autoscaling.PredefinedMetricSpecification): Watched {
  if (type !== "ALBRequestCountPerTarget") {
    throw notServed(
      `${type}: the machines of a group are not measured, use a metric of your own or of Amazon ECS. It`,
    );
  }
  // app/<name>/<id>/targetgroup/<name>/<id>
  const [, balancer, target] =
    /^(app\/[^/]+\/[^/]+)\/(targetgroup\/[^/]+\/[^/]+)$/.exec(ResourceLabel ?? "") ?? [];
  if (balancer === undefined || target === undefined) {
    throw validation(
      "ResourceLabel is required for ALBRequestCountPerTarget, of the form app/<load balancer>/<id>/targetgroup/<target group>/<id>.",
    );
  }
  return {
    Namespace: "AWS/ApplicationELB",
    MetricName: "RequestCountPerTarget",
    Dimensions: [
      { Name: "TargetGroup", Value: target },
      { Name: "LoadBalancer", Value: balancer },
    ],
    Statistic: "Sum",
    Period: 60,
  };
}

function queryOf({
  Id,
  Expression,
  MetricStat,
  Label,
  ReturnData,
}: autoscaling.TargetTrackingMetricDataQuery): MetricDataQuery {
  return {
    Id,
    ...(Expression !== undefined && { Expression }),
    ...(Label !== undefined && { Label }),
    ...(ReturnData !== undefined && { ReturnData }),
    ...(MetricStat !== undefined && {
      MetricStat: {
        Metric: MetricStat.Metric,
        Stat: MetricStat.Stat,
        Period: MetricStat.Period ?? 60,
        ...(MetricStat.Unit !== undefined && {
          Unit: MetricStat.Unit as NonNullable<NonNullable<MetricDataQuery["MetricStat"]>["Unit"]>,
        }),
      },
    }),
  };
}
