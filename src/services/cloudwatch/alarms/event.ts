import { createHash } from "node:crypto";
import { alarmArn } from "../arn.ts";
import { metricKey } from "../metrics/metric.ts";
import type { Alarm } from "./alarm.ts";

/** An alarm's `configuration` in the events that CloudWatch sends (as recorded from AWS). */
export function alarmConfiguration(alarm: Alarm): Readonly<Record<string, unknown>> {
  const { metric, description } = alarm;
  const described = description === undefined ? {} : { description };
  if (metric === undefined) return { alarmRule: alarm.rule, ...described };
  return {
    evaluationPeriods: metric.EvaluationPeriods,
    threshold: metric.Threshold,
    comparisonOperator: metric.ComparisonOperator,
    ...(metric.TreatMissingData !== undefined && { treatMissingData: metric.TreatMissingData }),
    ...(metric.DatapointsToAlarm !== undefined && { datapointsToAlarm: metric.DatapointsToAlarm }),
    metrics: metricsOf(alarm),
    ...described,
  };
}

function metricsOf(alarm: Alarm): readonly object[] {
  const { metric } = alarm;
  if (metric?.Metrics !== undefined) {
    return metric.Metrics.map(({ Id, Expression, Label, MetricStat, ReturnData = true }) => ({
      id: Id,
      ...(Expression !== undefined && { expression: Expression }),
      ...(Label !== undefined && { label: Label }),
      ...(MetricStat !== undefined && {
        metricStat: {
          metric: shown(
            MetricStat.Metric?.Namespace,
            MetricStat.Metric?.MetricName,
            MetricStat.Metric?.Dimensions,
          ),
          period: MetricStat.Period,
          stat: MetricStat.Stat,
        },
      }),
      returnData: ReturnData,
    }));
  }
  return [
    {
      id: metricUuid(alarm),
      metricStat: {
        metric: shown(metric?.Namespace, metric?.MetricName, metric?.Dimensions),
        period: metric?.Period,
        stat: metric?.ExtendedStatistic ?? metric?.Statistic,
        ...(metric?.Unit !== undefined && { unit: metric.Unit }),
      },
      returnData: true,
    },
  ];
}

function shown(
  namespace: string | undefined,
  name: string | undefined,
  dimensions: Parameters<typeof metricKey>[2],
): object {
  const key = metricKey(namespace, name, dimensions);
  return {
    namespace: key.namespace,
    name: key.name,
    dimensions: Object.fromEntries(key.dimensions.map((dimension) => [dimension.name, dimension.value])),
  };
}

/** AWS: the one metric of an alarm has a UUID for its id, the same in all events of the alarm. */
function metricUuid({ key }: Alarm): string {
  const hex = createHash("sha256").update(alarmArn(key)).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    "-",
  );
}
