import type { Expression } from "./query.ts";
import { compare, evaluate, numberOf, type Row, type Scope, textOf, type Value } from "./values.ts";

/** Makes one value of a group's rows. */
type Aggregation = (rows: readonly Row[], args: readonly Expression[], scope: Scope) => Value;

const seen = (rows: readonly Row[], [of]: readonly Expression[], scope: Scope): Value[] =>
  of === undefined ? [] : rows.map((row) => evaluate(of, row, scope)).filter((value) => value !== undefined);

const ofNumbers =
  (work: (numbers: readonly number[]) => Value): Aggregation =>
  (rows, args, scope) => {
    const numbers = seen(rows, args, scope).flatMap((value) => numberOf(value) ?? []);
    return numbers.length === 0 ? undefined : work(numbers);
  };
const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);
const mean = (numbers: readonly number[]) => sum(numbers) / numbers.length;
const extreme =
  (sign: 1 | -1): Aggregation =>
  (rows, args, scope) =>
    seen(rows, args, scope).reduce((best, one) => (compare(one, best) * sign > 0 ? one : best), undefined);
const byTime =
  (sign: 1 | -1): Aggregation =>
  (rows, [of], scope) => {
    if (of === undefined) return undefined;
    const found = rows.filter((row) => evaluate(of, row, scope) !== undefined);
    const [best] = found.sort((a, b) => sign * compare(a.field("@timestamp"), b.field("@timestamp")));
    return best && evaluate(of, best, scope);
  };

function percentile(numbers: readonly number[], percent: number): number | undefined {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
}

/** "stats" (User Guide, "CloudWatch Logs Insights query commands"): what it knows. */
const aggregations: Readonly<Record<string, Aggregation>> = {
  avg: ofNumbers(mean),
  count: (rows, args, scope) => (args.length === 0 ? rows.length : seen(rows, args, scope).length),
  count_distinct: (rows, args, scope) => new Set(seen(rows, args, scope).map(textOf)).size,
  max: (rows, args, scope) => extreme(1)(rows, args, scope),
  median: ofNumbers((numbers) => percentile(numbers, 50)),
  min: (rows, args, scope) => {
    const values = seen(rows, args, scope);
    return values.reduce(
      (best, one) => (best === undefined || compare(one, best) < 0 ? one : best),
      undefined,
    );
  },
  pct: (rows, [of, percent], scope) => {
    if (of === undefined || percent?.kind !== "constant") return undefined;
    const at = Number(percent.value);
    return ofNumbers((numbers) => percentile(numbers, at))(rows, [of], scope);
  },
  stddev: ofNumbers((numbers) => {
    const middle = mean(numbers);
    return Math.sqrt(mean(numbers.map((one) => (one - middle) ** 2)));
  }),
  sum: ofNumbers(sum),
  earliest: byTime(1),
  latest: byTime(-1),
  sortsfirst: (rows, args, scope) => seen(rows, args, scope).sort(compare)[0],
  sortslast: (rows, args, scope) => seen(rows, args, scope).sort(compare).at(-1),
};

export function isAggregation(name: string): boolean {
  return Object.hasOwn(aggregations, name);
}

/** The value of an expression for a group: aggregations of its rows, and what is made of them. */
export function aggregate(expression: Expression, rows: readonly Row[], scope: Scope): Value {
  if (expression.kind === "call") {
    const work = Object.hasOwn(aggregations, expression.name) ? aggregations[expression.name] : undefined;
    if (work !== undefined) return work(rows, expression.args, scope);
    const args = expression.args.map((arg) => constantOf(aggregate(arg, rows, scope)));
    const [first] = rows;
    return first && evaluate({ ...expression, args }, first, scope);
  }
  if (expression.kind === "binary") {
    const [first] = rows;
    const left = constantOf(aggregate(expression.left, rows, scope));
    const right = constantOf(aggregate(expression.right, rows, scope));
    return first && evaluate({ ...expression, left, right }, first, scope);
  }
  const [first] = rows;
  return first && evaluate(expression, first, scope);
}

function constantOf(value: Value): Expression {
  if (typeof value === "string" || typeof value === "number") return { kind: "constant", value };
  return value === undefined ? { kind: "list", items: [] } : { kind: "constant", value: String(value) };
}
