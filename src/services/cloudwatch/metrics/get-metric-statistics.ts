import type * as cloudwatch from "@aws-sdk/client-cloudwatch";
import type { Datapoint as ApiDatapoint, StandardUnit } from "@aws-sdk/client-cloudwatch";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { day } from "../../../kernel/duration.ts";
import { invalidCombination, invalidParameter, invalidValue, missingParameter } from "../faults.ts";
import { byPeriod, datapointsOf } from "./datapoints.ts";
import { metricId, metricKey } from "./metric.ts";
import { validPeriod } from "./period.ts";
import { statisticOf } from "./statistic.ts";
import type { Summary } from "./summary.ts";

/** Datapoints of one answer (API Reference, "GetMetricStatistics"). */
const mostDatapoints = 1_440;
/** Percentiles and the like of one call. */
const mostExtended = 10;

/** Statistics of one metric, period by period. */
export const getMetricStatistics: ReadOperation<typeof cloudwatch, "GetMetricStatistics"> = {
  name: "GetMetricStatistics",
  authorise: () => [{ action: "cloudwatch:GetMetricStatistics", resource: "*" }],
  async read(ctx, input) {
    const { Period: period = 0, Statistics = [], ExtendedStatistics = [], Unit } = input;
    const [start, end] = [input.StartTime?.getTime() ?? 0, input.EndTime?.getTime() ?? 0];
    if (start >= end) {
      throw invalidCombination("The parameter StartTime must be less than the parameter EndTime.");
    }
    if (!validPeriod(period)) throw invalidValue("Period", period);
    if (Statistics.length === 0 && ExtendedStatistics.length === 0)
      throw missingParameter("Must specify either Statistics or ExtendedStatistics");
    if (ExtendedStatistics.length > mostExtended)
      throw invalidParameter(
        `The collection ExtendedStatistics must not have a size greater than ${mostExtended}.`,
      );
    for (const [i, name] of ExtendedStatistics.entries())
      if (statisticOf(name) === undefined) throw invalidValue(`ExtendedStatistics.member.${i + 1}`, name);
    const asked = Math.ceil((end - start) / (period * 1000));
    if (asked > mostDatapoints) {
      throw invalidCombination(
        `You have requested up to ${asked} datapoints, which exceeds the limit of ${mostDatapoints}. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
      );
    }
    const metric = metricKey(input.Namespace, input.MetricName, input.Dimensions);
    const from = roundedStart(start, period, ctx.now);
    const found = await datapointsOf(ctx.rows, metricId(ctx, metric), from, end, Unit);
    const datapoints = [...byPeriod(found, from, period)].flatMap(([unit, periods]) =>
      [...periods].map(
        ([at, summary]): ApiDatapoint => ({
          Timestamp: new Date(at),
          Unit: unit as StandardUnit,
          ...Object.fromEntries(Statistics.map((name) => [name, statisticOf(name)?.(summary)])),
          ...(ExtendedStatistics.length > 0 && { ExtendedStatistics: extended(ExtendedStatistics, summary) }),
        }),
      ),
    );
    return { Label: metric.name, Datapoints: datapoints };
  },
};

/** The statistics that the values tell: percentiles are left out where only statistic sets came. */
function extended(names: readonly string[], summary: Summary): Record<string, number> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = statisticOf(name)?.(summary);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** AWS: the start is rounded down: to a minute, of older data to five minutes or to an hour. */
function roundedStart(start: number, period: number, now: number): number {
  const age = now - start;
  const seconds = age >= 63 * day ? 3_600 : age >= 15 * day ? 300 : Math.min(period, 60);
  return Math.floor(start / (seconds * 1000)) * seconds * 1000;
}
