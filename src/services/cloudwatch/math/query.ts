import type { MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import type { AccountId } from "../../../kernel/brand.ts";
import { notServed, validation } from "../faults.ts";
import { metricKey } from "../metrics/metric.ts";
import { validPeriod } from "../metrics/period.ts";
import { statisticOf } from "../metrics/statistic.ts";
import type { MetricQuery } from "./run.ts";

/** Queries of one request (API Reference, "GetMetricData"). */
const mostQueries = 500;

/**
 * Reads the queries of GetMetricData and PutMetricAlarm.
 * @param member how the request names the list: `MetricDataQueries`. @throws Fault `ValidationError`.
 */
export function readQueries(
  given: readonly MetricDataQuery[],
  member: string,
  account: AccountId,
): readonly MetricQuery[] {
  if (given.length > mostQueries)
    throw validation(`The collection ${member} must not have a size greater than ${mostQueries}.`);
  const queries = given.map((query, i) => readQuery(query, `${member}.member.${i + 1}`, account));
  const ids = new Set<string>();
  for (const { id } of queries) {
    if (ids.has(id)) throw validation(`The values for parameter id in ${member} are not unique.`);
    ids.add(id);
  }
  return queries;
}

function readQuery(query: MetricDataQuery, name: string, account: AccountId): MetricQuery {
  const { Id: id = "", MetricStat: stat, Expression: expression, Period: period } = query;
  if (!/^[a-z][a-zA-Z0-9_]*$/.test(id))
    throw validation(`The value ${id} for parameter ${name}.Id is invalid.`);
  if ((stat === undefined) === (expression === undefined)) {
    throw validation(
      `Either one of ${name}.MetricStat and ${name}.Expression must be specified, and not both, for the id ${id}.`,
    );
  }
  if (query.AccountId !== undefined && query.AccountId !== account)
    throw notServed("Cross-account observability (AccountId)");
  if (expression !== undefined) return { id, ask: expression, period };
  if (stat === undefined) throw validation(`The parameter ${name}.MetricStat is required.`);
  const { Metric, Period = 0, Stat = "", Unit } = stat;
  if (Metric?.MetricName === undefined || Metric.Namespace === undefined)
    throw validation(`The parameter ${name}.MetricStat.Metric must have a Namespace and a MetricName.`);
  if (!validPeriod(Period))
    throw validation(`The value ${Period} for parameter ${name}.MetricStat.Period is invalid.`);
  if (statisticOf(Stat) === undefined)
    throw validation(`The value ${Stat} for parameter ${name}.MetricStat.Stat is not supported.`);
  const metric = metricKey(Metric.Namespace, Metric.MetricName, Metric.Dimensions);
  return { id, ask: { metric, statistic: Stat, period: Period, unit: Unit }, period: Period };
}
