import type { Rows } from "../../../store/types.ts";
import { byPeriod, datapointsOf } from "../metrics/datapoints.ts";
import { type Dimension, type MetricKey, metricId } from "../metrics/metric.ts";
import type { MetricTables } from "../metrics/metric-store.ts";
import { statisticOf } from "../metrics/statistic.ts";
import { merged, type Summary } from "../metrics/summary.ts";
import type { CloudWatchScope } from "../scope.ts";
import { evaluate } from "./evaluate.ts";
import { type Expression, parseExpression } from "./parse.ts";
import { parseSearch } from "./search.ts";
import type { Series } from "./series.ts";
import { MathError } from "./tokens.ts";

/** A metric and the statistic of it that is asked for. */
export interface MetricStatistic {
  readonly metric: MetricKey;
  readonly statistic: string;
  /** In seconds. */
  readonly period: number;
  readonly unit?: string | undefined;
}

/** One query of a request: a metric's statistic, or an expression over other queries. */
export interface MetricQuery {
  readonly id: string;
  readonly ask: MetricStatistic | string;
  /** Of an expression, in seconds. */
  readonly period?: number | undefined;
}

/** What a query found: several series where an expression finds an array. */
export type QueryResult = { readonly series: readonly Series[] } | { readonly error: string };

/** Metrics that one search finds (User Guide, "CloudWatch search expression limits"), and series of all searches. */
const mostFound = 100;
const mostSearched = 500;
/** Metrics that a search looks at. */
const mostLookedAt = 20_000;

/**
 * Runs the queries of one request over a range of time. What is wrong with one is told with it; the others go on.
 * @param start epoch ms, inclusive. @param end epoch ms, exclusive. @param origin where a period begins, epoch ms: the
 * clock's own periods by default.
 */
export async function runQueries(
  rows: Rows,
  scope: CloudWatchScope,
  queries: readonly MetricQuery[],
  start: number,
  end: number,
  origin = 0,
): Promise<ReadonlyMap<string, QueryResult>> {
  const metrics = new Map<string, Series>();
  const expressions = new Map<
    string,
    { readonly query: MetricQuery; readonly parsed: Expression | MathError }
  >();
  for (const query of queries) {
    if (typeof query.ask === "string") expressions.set(query.id, { query, parsed: parsedOrError(query.ask) });
    else metrics.set(query.id, await seriesOf(rows, scope, query.ask, start, end, origin));
  }
  const periods = [...metrics.values()].map(({ period }) => period);
  const period = periods.length === 0 ? 60 : Math.max(...periods);
  const searched = new Map<string, readonly Series[]>();
  let found = 0;
  for (const { query, parsed } of expressions.values()) {
    if (parsed instanceof MathError) continue;
    for (const search of searchesOf(parsed, query.period ?? period)) {
      const key = JSON.stringify(search);
      if (searched.has(key)) continue;
      const series = await searchSeries(rows, scope, search, start, end);
      searched.set(key, series);
      found += series.length;
      if (found > mostSearched) throw new MathError(`the searches find more than ${mostSearched} metrics`);
    }
  }

  const results = new Map<string, QueryResult>();
  const running = new Set<string>();
  const resultOf = (id: string): QueryResult => {
    const known = results.get(id);
    if (known !== undefined) return known;
    const metric = metrics.get(id);
    const expression = expressions.get(id);
    let result: QueryResult;
    if (metric !== undefined) result = { series: [metric] };
    else if (expression === undefined) result = { error: `there is no query with the id ${id}` };
    else if (expression.parsed instanceof MathError) result = { error: expression.parsed.message };
    else if (running.has(id)) result = { error: `the expression ${id} refers to itself` };
    else {
      running.add(id);
      result = compute(expression.parsed, expression.query);
      running.delete(id);
    }
    results.set(id, result);
    return result;
  };
  const compute = (expression: Expression, query: MetricQuery): QueryResult => {
    try {
      const value = evaluate(expression, {
        start,
        end,
        period: query.period ?? period,
        metrics,
        lookup(id) {
          const result = resultOf(id);
          if ("error" in result) throw new MathError(result.error);
          const [first] = result.series;
          return result.series.length === 1 && first !== undefined ? first : result.series;
        },
        searched: (text, statistic, seconds) =>
          searched.get(JSON.stringify({ text, statistic, period: seconds })) ?? [],
      });
      if (typeof value !== "object") throw new MathError("the expression gives no time series");
      if ("points" in value) return { series: [{ ...value, label: query.id }] };
      return { series: value.map((one) => (one.label === "" ? { ...one, label: query.id } : one)) };
    } catch (error) {
      if (error instanceof MathError) return { error: error.message };
      throw error;
    }
  };
  for (const { id } of queries) resultOf(id);
  return results;
}

function parsedOrError(text: string): Expression | MathError {
  try {
    return parseExpression(text);
  } catch (error) {
    if (error instanceof MathError) return error;
    throw error;
  }
}

/** A metric's statistic, period by period. @param origin where a period begins, epoch ms: the clock's by default. */
export async function seriesOf(
  rows: Rows,
  scope: CloudWatchScope,
  { metric, statistic, period, unit }: MetricStatistic,
  start: number,
  end: number,
  origin = 0,
): Promise<Series> {
  const step = period * 1000;
  const from = origin + Math.floor((start - origin) / step) * step;
  const found = await datapointsOf(rows, metricId(scope, metric), from, end, unit);
  const compute = statisticOf(statistic);
  const points = [...joined(byPeriod(found, from, period).values())].flatMap(([at, summary]) => {
    const value = compute?.(summary);
    return value === undefined || !Number.isFinite(value) ? [] : [[at, value] as const];
  });
  return { label: metric.name, period, points: new Map(points.sort(([a], [b]) => a - b)) };
}

/** The periods of all units together: a series has no units. */
function joined(units: Iterable<ReadonlyMap<number, Summary>>): ReadonlyMap<number, Summary> {
  const periods = new Map<number, Summary>();
  for (const unit of units)
    for (const [at, summary] of unit) {
      const have = periods.get(at);
      periods.set(at, have === undefined ? summary : merged(have, summary));
    }
  return periods;
}

interface AskedSearch {
  readonly text: string;
  readonly statistic: string;
  readonly period: number;
}

/** The searches in an expression, as their calls will ask for them. */
function searchesOf(expression: Expression, period: number): readonly AskedSearch[] {
  switch (expression.kind) {
    case "negation":
      return searchesOf(expression.of, period);
    case "operation":
      return [...searchesOf(expression.left, period), ...searchesOf(expression.right, period)];
    case "list":
      return expression.items.flatMap((item) => searchesOf(item, period));
    case "call": {
      const [text, statistic, seconds] = expression.args;
      if (expression.name !== "SEARCH" || text?.kind !== "text" || statistic?.kind !== "text")
        return expression.args.flatMap((arg) => searchesOf(arg, period));
      return [
        {
          text: text.value,
          statistic: statistic.value,
          period: seconds?.kind === "number" ? seconds.value : period,
        },
      ];
    }
    default:
      return [];
  }
}

async function searchSeries(
  rows: Rows,
  scope: CloudWatchScope,
  { text, statistic, period }: AskedSearch,
  start: number,
  end: number,
): Promise<readonly Series[]> {
  let search: ReturnType<typeof parseSearch>;
  try {
    search = parseSearch(text);
  } catch (error) {
    if (error instanceof MathError) return [];
    throw error;
  }
  const metrics = await rows
    .tables<MetricTables>()
    .selectFrom("cloudwatch_metric")
    .selectAll()
    .where("account", "=", scope.account)
    .where("region", "=", scope.region)
    .$if(search.namespace !== undefined, (select) => select.where("namespace", "=", search.namespace ?? ""))
    .orderBy("namespace")
    .orderBy("name")
    .orderBy("id")
    .limit(mostLookedAt)
    .execute();
  const found = metrics
    .map(({ namespace, name, dimensions }) => ({
      namespace,
      name,
      dimensions: JSON.parse(dimensions) as readonly Dimension[],
    }))
    .filter((metric) => search.finds(metric))
    .slice(0, mostFound);
  const series: Series[] = [];
  for (const metric of found) {
    const label = [...metric.dimensions.map(({ value }) => value), metric.name].join(" ");
    series.push({ ...(await seriesOf(rows, scope, { metric, statistic, period }, start, end)), label });
  }
  return series.sort((one, other) => (one.label < other.label ? -1 : 1));
}
