import type * as cloudwatch from "@aws-sdk/client-cloudwatch";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { metricId, metricKey } from "../metrics/metric.ts";
import { type Alarm, alarmOfRow, apiMetricAlarm } from "./alarm.ts";
import type { AlarmTables } from "./alarm-store.ts";

/** Lists the alarms on one metric, also those whose expression has it. */
export const describeAlarmsForMetric: ReadOperation<typeof cloudwatch, "DescribeAlarmsForMetric"> = {
  name: "DescribeAlarmsForMetric",
  authorise: () => [{ action: "cloudwatch:DescribeAlarmsForMetric", resource: "*" }],
  async read(ctx, input) {
    const wanted = metricId(ctx, metricKey(input.Namespace, input.MetricName, input.Dimensions));
    const rows = await ctx.rows
      .tables<AlarmTables>()
      .selectFrom("cloudwatch_alarm")
      .selectAll()
      .where("account", "=", ctx.account)
      .where("region", "=", ctx.region)
      .where("type", "=", "MetricAlarm")
      .orderBy("name")
      .execute();
    const fits = ({ metric }: Alarm): boolean => {
      const watched = [
        ...(metric?.MetricName === undefined
          ? []
          : [
              {
                key: metricKey(metric.Namespace, metric.MetricName, metric.Dimensions),
                statistic: metric.ExtendedStatistic ?? metric.Statistic,
                period: metric.Period,
                unit: metric.Unit,
              },
            ]),
        ...(metric?.Metrics ?? []).flatMap(({ MetricStat: stat }) =>
          stat?.Metric === undefined
            ? []
            : [
                {
                  key: metricKey(stat.Metric.Namespace, stat.Metric.MetricName, stat.Metric.Dimensions),
                  statistic: stat.Stat,
                  period: stat.Period,
                  unit: stat.Unit,
                },
              ],
        ),
      ];
      const asked = input.ExtendedStatistic ?? input.Statistic;
      return watched.some(
        ({ key, statistic, period, unit }) =>
          metricId(ctx, key) === wanted &&
          (asked === undefined || asked === statistic) &&
          (input.Period === undefined || input.Period === period) &&
          (input.Unit === undefined || input.Unit === unit),
      );
    };
    return { MetricAlarms: rows.map(alarmOfRow).filter(fits).map(apiMetricAlarm) };
  },
};
