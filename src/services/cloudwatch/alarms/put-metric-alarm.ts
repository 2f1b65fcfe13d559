import type * as cloudwatch from "@aws-sdk/client-cloudwatch";
import type { PutMetricAlarmInput } from "@aws-sdk/client-cloudwatch";
import type { CallContext } from "../../../dispatch/context.ts";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { notServed, validation } from "../faults.ts";
import { parseExpression, referencesOf } from "../math/parse.ts";
import { readQueries } from "../math/query.ts";
import { MathError } from "../math/tokens.ts";
import { validPeriod } from "../metrics/period.ts";
import { statisticOf } from "../metrics/statistic.ts";
import { type MetricSettings, periodOf } from "./alarm.ts";
import { onAlarm } from "./authorise.ts";
import { putAlarm, putAlarmContext } from "./put-alarm.ts";

/** Members that no alarm here heeds. */
const unserved = [
  "ThresholdMetricId",
  "EvaluationWindow",
  "WarmUpConfiguration",
  "EvaluationCriteria",
  "EvaluationInterval",
  "ActionConfiguration",
] as const;
const comparisons: ReadonlySet<string> = new Set([
  "GreaterThanOrEqualToThreshold",
  "GreaterThanThreshold",
  "LessThanThreshold",
  "LessThanOrEqualToThreshold",
]);
const treatments: ReadonlySet<string> = new Set(["breaching", "notBreaching", "ignore", "missing"]);

/** Makes an alarm on a metric or on an expression, or changes one. */
export const putMetricAlarm: WriteOperation<typeof cloudwatch, "PutMetricAlarm"> = {
  name: "PutMetricAlarm",
  authorise: (input, ctx) =>
    onAlarm("cloudwatch:PutMetricAlarm", input.AlarmName, ctx, putAlarmContext(input)),
  async commit(tx, ctx, input) {
    await putAlarm(tx, ctx, input, { metric: readSettings(input, ctx) });
    return {};
  },
};

/** What the alarm watches. @throws Fault `ValidationError`, `InvalidParameterValue`. */
function readSettings(input: PutMetricAlarmInput, ctx: CallContext): MetricSettings {
  for (const member of unserved) if (input[member] !== undefined) throw notServed(member);
  const { ComparisonOperator: comparison = "", EvaluationPeriods: n = 0, DatapointsToAlarm: m = n } = input;
  if (!comparisons.has(comparison)) throw notServed(`The comparison ${comparison} (of anomaly detection)`);
  if (input.Threshold === undefined) throw validation("The parameter Threshold is required.");
  if (!treatments.has(input.TreatMissingData ?? "missing")) {
    throw validation(
      `The value ${input.TreatMissingData} for parameter TreatMissingData is invalid: it must be one of breaching, notBreaching, ignore, missing.`,
    );
  }
  if (n < 1) throw validation("The parameter EvaluationPeriods must be at least 1.");
  if (m < 1 || m > n) throw validation("DatapointsToAlarm must be between 1 and EvaluationPeriods.");
  const settings: MetricSettings = {
    MetricName: input.MetricName,
    Namespace: input.Namespace,
    Statistic: input.Statistic,
    ExtendedStatistic: input.ExtendedStatistic,
    Dimensions: input.Dimensions,
    Period: input.Period,
    Unit: input.Unit,
    EvaluationPeriods: input.EvaluationPeriods,
    DatapointsToAlarm: input.DatapointsToAlarm,
    Threshold: input.Threshold,
    ComparisonOperator: input.ComparisonOperator,
    TreatMissingData: input.TreatMissingData,
    EvaluateLowSampleCountPercentile: input.EvaluateLowSampleCountPercentile,
    Metrics: input.Metrics,
  };
  if (input.Metrics !== undefined && input.Metrics.length > 0) checkMetrics(input, ctx);
  else checkMetric(input);
  checkSpan(periodOf(settings), n);
  return settings;
}

function checkMetric({
  MetricName,
  Namespace,
  Statistic,
  ExtendedStatistic,
  Period,
}: PutMetricAlarmInput): void {
  if (MetricName === undefined || Namespace === undefined)
    throw validation("Either Metrics, or MetricName and Namespace must be specified.");
  if ((Statistic === undefined) === (ExtendedStatistic === undefined))
    throw validation("Exactly one of Statistic and ExtendedStatistic must be specified.");
  if (ExtendedStatistic !== undefined && statisticOf(ExtendedStatistic) === undefined)
    throw validation(`The value ${ExtendedStatistic} for parameter ExtendedStatistic is not supported.`);
  if (Period === undefined) throw validation("The parameter Period is required.");
  if (!validPeriod(Period) || Period === 1 || Period === 5)
    throw validation("Invalid Period: it must be 10, 20, 30, or a multiple of 60.");
}

/** AWS: expressions and metrics, of which exactly one is returned. */
function checkMetrics(input: PutMetricAlarmInput, ctx: CallContext): void {
  const single = [
    "MetricName",
    "Namespace",
    "Statistic",
    "ExtendedStatistic",
    "Dimensions",
    "Period",
    "Unit",
  ] as const;
  const both = single.find((member) => {
    const value = input[member];
    return value !== undefined && !(Array.isArray(value) && value.length === 0);
  });
  if (both !== undefined) throw validation(`Metrics and ${both} are mutually exclusive.`);
  const queries = readQueries(input.Metrics ?? [], "Metrics", ctx.account);
  const returned = (input.Metrics ?? []).filter(({ ReturnData = true }) => ReturnData);
  if (returned.length !== 1) throw validation("Exactly one element of the metrics list should return data.");
  const ids = new Set(queries.map(({ id }) => id));
  for (const { id, ask } of queries) {
    if (typeof ask !== "string") continue;
    try {
      for (const named of referencesOf(parseExpression(ask))) {
        // Words such as REPEAT and ASC are not ids, which begin with a small letter.
        if (/^[a-z]/.test(named) && !ids.has(named))
          throw new MathError(`there is no query with the id ${named}`);
      }
    } catch (error) {
      if (error instanceof MathError) throw validation(`Error in expression '${id}': ${error.message}`);
      throw error;
    }
  }
}

/** AWS: an alarm looks back a day, one with periods of an hour and more a week. */
function checkSpan(period: number, evaluationPeriods: number): void {
  const [most, span] = period >= 3_600 ? [604_800, "week"] : [86_400, "day"];
  if (period * evaluationPeriods > most) {
    throw validation(
      `Metrics cannot be checked across more than a ${span} (EvaluationPeriods * Period must be <= ${most}).`,
    );
  }
}
