import type * as cloudwatch from "@aws-sdk/client-cloudwatch";
import type { MetricDataResult } from "@aws-sdk/client-cloudwatch";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { pageToken, readPageToken } from "../../../kernel/page.ts";
import { badNextToken, validation } from "../faults.ts";
import { labelOf } from "./label.ts";
import { readQueries } from "./query.ts";
import { runQueries } from "./run.ts";
import type { Series } from "./series.ts";
import { MathError } from "./tokens.ts";

/** Datapoints of one answer (API Reference, "GetMetricData"). */
const mostDatapoints = 100_800;

/** Values of many metrics, and of expressions over them. */
export const getMetricData: ReadOperation<typeof cloudwatch, "GetMetricData"> = {
  name: "GetMetricData",
  authorise: () => [{ action: "cloudwatch:GetMetricData", resource: "*" }],
  async read(ctx, input) {
    const [start, end] = [input.StartTime?.getTime() ?? 0, input.EndTime?.getTime() ?? 0];
    if (start >= end) throw validation("The parameter EndTime must be greater than StartTime.");
    const { MetricDataQueries: given = [], MaxDatapoints: limit = mostDatapoints } = input;
    if (given.length === 0) throw validation("The parameter MetricDataQueries is required.");
    if (limit < 1 || limit > mostDatapoints)
      throw validation(`The value ${limit} for parameter MaxDatapoints is invalid.`);
    const skip = input.NextToken === undefined ? 0 : Number(readPageToken(input.NextToken)?.[0]);
    if (!Number.isSafeInteger(skip) || skip < 0) throw badNextToken();
    const queries = readQueries(given, "MetricDataQueries", ctx.account);
    if (!given.some(({ ReturnData = true }) => ReturnData))
      throw validation("At least one query must return data (ReturnData).");
    const results = await runQueries(ctx.rows, ctx, queries, start, end).catch((error: unknown) => {
      throw error instanceof MathError ? validation(error.message) : error;
    });

    const found: Found[] = [];
    for (const [i, { id, ask }] of queries.entries()) {
      const query = given[i];
      if (query === undefined || query.ReturnData === false) continue;
      const result = results.get(id);
      if (result === undefined) continue;
      if ("error" in result) throw validation(`Error in expression '${id}': ${result.error}`);
      for (const series of result.series) {
        const label = query.Label === undefined ? series.label : labelOf(query.Label, series, ask);
        found.push({ id, label, points: pointsOf(series, start, input.ScanBy) });
      }
    }
    const page = cut(found, skip, limit);
    return {
      MetricDataResults: page.results,
      Messages: [],
      ...(page.next !== undefined && { NextToken: pageToken([String(page.next)]) }),
    };
  },
};

interface Found {
  readonly id: string;
  readonly label: string;
  readonly points: readonly (readonly [at: number, value: number])[];
}

/** Newest first, unless the oldest are asked for first. */
function pointsOf({ points, period }: Series, start: number, scan: string | undefined): Found["points"] {
  const step = period * 1000;
  const from = Math.floor(start / step) * step;
  const inRange = [...points].filter(([at]) => at >= from);
  return scan === "TimestampAscending" ? inRange : inRange.reverse();
}

/** The datapoints from `skip` on, at most `limit` of them. A query of which more follow is `PartialData`. */
function cut(found: readonly Found[], skip: number, limit: number) {
  const results: MetricDataResult[] = [];
  let passed = 0;
  let left = limit;
  let next: number | undefined;
  for (const { id, label, points } of found) {
    const from = Math.max(0, skip - passed);
    const begunBefore = from >= points.length && points.length > 0;
    const shown = points.slice(from, from + left);
    const complete = from + shown.length >= points.length;
    if (!begunBefore && next === undefined) {
      results.push({
        Id: id,
        Label: label,
        Timestamps: shown.map(([at]) => new Date(at)),
        Values: shown.map(([, value]) => value),
        StatusCode: complete ? "Complete" : "PartialData",
      });
      left -= shown.length;
      if (!complete) next = passed + from + shown.length;
    }
    passed += points.length;
  }
  return { results, next };
}
