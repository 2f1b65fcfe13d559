import type { Expression } from "./parse.ts";
import { across, combined, mapped, reductions, type Series } from "./series.ts";
import { MathError } from "./tokens.ts";

/** What an expression, or a part of one, is. */
export type Value = number | string | Series | readonly Series[];

/** What an expression is computed with. */
export interface MathScope {
  /** The range of time, epoch ms: `start` inclusive, `end` exclusive. */
  readonly start: number;
  readonly end: number;
  /** The period, in seconds, of what has none of its own. */
  readonly period: number;
  /** The result of another query of the request. @throws MathError when there is none. */
  lookup(id: string): Series | readonly Series[];
  /** The metrics (not the expressions) of the request, by id. */
  readonly metrics: ReadonlyMap<string, Series>;
  /** What SEARCH found, which is asked for before anything is computed. */
  searched(expression: string, statistic: string, period: number): readonly Series[];
}

type Call = (args: readonly Expression[], scope: MathScope) => Value;

/** Computes an expression of metric math (User Guide, "Metric math syntax and functions"). @throws MathError */
export function evaluate(expression: Expression, scope: MathScope): Value {
  switch (expression.kind) {
    case "number":
      return expression.value;
    case "text":
      return expression.value;
    case "reference":
      return scope.lookup(expression.id);
    case "list":
      return expression.items.flatMap((item) => {
        const value = evaluate(item, scope);
        return isList(value) ? value : [series(value, "an array")];
      });
    case "negation":
      return arithmetic("-", 0, evaluate(expression.of, scope));
    case "operation":
      return arithmetic(expression.sign, evaluate(expression.left, scope), evaluate(expression.right, scope));
    case "call": {
      const call = functions[expression.name];
      if (call === undefined) throw new MathError(`there is no function ${expression.name} here`);
      return call(expression.args, scope);
    }
  }
}

const isList = (value: Value): value is readonly Series[] => Array.isArray(value);

const signs: Readonly<Record<string, (x: number, y: number) => number>> = {
  "+": (x, y) => x + y,
  "-": (x, y) => x - y,
  "*": (x, y) => x * y,
  "/": (x, y) => x / y,
  "^": (x, y) => x ** y,
  "==": (x, y) => Number(x === y),
  "!=": (x, y) => Number(x !== y),
  "<": (x, y) => Number(x < y),
  ">": (x, y) => Number(x > y),
  "<=": (x, y) => Number(x <= y),
  ">=": (x, y) => Number(x >= y),
  "&&": (x, y) => Number(x !== 0 && y !== 0),
  "||": (x, y) => Number(x !== 0 || y !== 0),
};

function arithmetic(sign: string, left: Value, right: Value): Value {
  const operation = signs[sign];
  if (operation === undefined || typeof left === "string" || typeof right === "string")
    throw new MathError(`${sign} takes numbers and time series`);
  if (isList(left) || isList(right)) {
    if (isList(left) && isList(right)) {
      if (left.length !== right.length) throw new MathError(`the arrays beside ${sign} differ in length`);
      return left.map((one, i) => series(arithmetic(sign, one, right[i] ?? one), sign));
    }
    return isList(left)
      ? left.map((one) => series(arithmetic(sign, one, right), sign))
      : (right as readonly Series[]).map((one) => series(arithmetic(sign, left, one), sign));
  }
  if (typeof left === "number")
    return typeof right === "number" ? operation(left, right) : mapped(right, (y) => operation(left, y));
  return typeof right === "number"
    ? mapped(left, (x) => operation(x, right))
    : combined(left, right, operation);
}

function series(value: Value, what: string): Series {
  if (typeof value === "object" && !isList(value)) return value;
  throw new MathError(`${what} takes time series`);
}

function one(args: readonly Expression[], scope: MathScope, name: string): Value {
  const [arg] = args;
  if (arg === undefined || args.length !== 1) throw new MathError(`${name} takes one argument`);
  return evaluate(arg, scope);
}

function scalar(arg: Expression | undefined, scope: MathScope, name: string): number {
  const value = arg === undefined ? undefined : evaluate(arg, scope);
  if (typeof value !== "number") throw new MathError(`${name} takes a number`);
  return value;
}

/** A function of each value, or of each series of an array. */
function each(
  name: string,
  change: (series: Series, scope: MathScope) => Series,
  ofNumber?: (x: number) => number,
): Call {
  return (args, scope) => {
    const value = one(args, scope, name);
    if (typeof value === "number" && ofNumber !== undefined) return ofNumber(value);
    return isList(value) ? value.map((s) => change(s, scope)) : change(series(value, name), scope);
  };
}

const pointwise = (name: string, change: (x: number) => number): Call =>
  each(name, (s) => mapped(s, change), change);

/** A part of the time of each point. */
const clock = (name: string, part: (time: Date) => number): Call =>
  each(name, (s) => mapped(s, (_, at) => part(new Date(at))));

/** A function of a point and the one before it. */
const stepwise = (name: string, change: (value: number, before: number, ms: number) => number): Call =>
  each(name, (s) => {
    let last: readonly [number, number] | undefined;
    return mapped(s, (value, at) => {
      const before = last;
      last = [at, value];
      return before === undefined ? undefined : change(value, before[1], at - before[0]);
    });
  });

/** Of one series a number, of several a series. */
const reduction =
  (name: string): Call =>
  (args, scope) => {
    const reduce = reductions[name];
    if (reduce === undefined) throw new MathError(`there is no function ${name} here`);
    const value = one(args, scope, name);
    if (isList(value)) return value.length === 0 ? [] : across(value, reduce);
    return reduce([...series(value, name).points.values()]);
  };

const list = (args: readonly Expression[], scope: MathScope, name: string): readonly Series[] => {
  const [arg] = args;
  const value = arg === undefined ? undefined : evaluate(arg, scope);
  if (value === undefined || !isList(value)) throw new MathError(`${name} takes an array of time series`);
  return value;
};

const functions: Readonly<Record<string, Call>> = {
  ...Object.fromEntries(Object.keys(reductions).map((name) => [name, reduction(name)])),
  ABS: pointwise("ABS", Math.abs),
  CEIL: pointwise("CEIL", Math.ceil),
  FLOOR: pointwise("FLOOR", Math.floor),
  LOG: pointwise("LOG", Math.log),
  LOG10: pointwise("LOG10", Math.log10),
  EPOCH: clock("EPOCH", (time) => Math.floor(time.getTime() / 1000)),
  MINUTE: clock("MINUTE", (time) => time.getUTCMinutes()),
  HOUR: clock("HOUR", (time) => time.getUTCHours()),
  // AWS: Monday is 1.
  DAY: clock("DAY", (time) => time.getUTCDay() || 7),
  DATE: clock("DATE", (time) => time.getUTCDate()),
  MONTH: clock("MONTH", (time) => time.getUTCMonth() + 1),
  YEAR: clock("YEAR", (time) => time.getUTCFullYear()),
  DIFF: stepwise("DIFF", (value, before) => value - before),
  DIFF_TIME: stepwise("DIFF_TIME", (_value, _before, ms) => ms / 1000),
  RATE: stepwise("RATE", (value, before, ms) => ((value - before) * 1000) / ms),
  RUNNING_SUM: each("RUNNING_SUM", (s) => {
    let sum = 0;
    return mapped(s, (value) => {
      sum += value;
      return sum;
    });
  }),
  DATAPOINT_COUNT: (args, scope) =>
    series(one(args, scope, "DATAPOINT_COUNT"), "DATAPOINT_COUNT").points.size,
  METRIC_COUNT: (args, scope) => list(args, scope, "METRIC_COUNT").length,
  PERIOD: (args, scope) => series(one(args, scope, "PERIOD"), "PERIOD").period,
  FIRST: (args, scope) => list(args, scope, "FIRST").slice(0, 1),
  LAST: (args, scope) => list(args, scope, "LAST").slice(-1),
  REMOVE_EMPTY: (args, scope) => list(args, scope, "REMOVE_EMPTY").filter(({ points }) => points.size > 0),
  TIME_SERIES: (args, scope) => {
    const value = scalar(args[0], scope, "TIME_SERIES");
    const points = new Map(times(scope, scope.period).map((at) => [at, value]));
    return { label: "", period: scope.period, points };
  },
  METRICS: (args, scope) => {
    const [part] = args;
    if (part !== undefined && part.kind !== "text") throw new MathError("METRICS takes a text");
    const wanted = part === undefined ? "" : part.value;
    return [...scope.metrics].flatMap(([id, found]) => (id.includes(wanted) ? [found] : []));
  },
  SLICE: (args, scope) => {
    const end = args[2] === undefined ? undefined : scalar(args[2], scope, "SLICE");
    return list(args, scope, "SLICE").slice(scalar(args[1], scope, "SLICE"), end);
  },
  SORT: (args, scope) => {
    const [, by, order, limit] = args;
    const reduce = by?.kind === "reference" ? reductions[by.id.toUpperCase()] : undefined;
    const direction = order?.kind === "reference" ? order.id.toUpperCase() : undefined;
    if (reduce === undefined || (direction !== "ASC" && direction !== "DESC"))
      throw new MathError("SORT takes an array, a function (AVG, MIN, MAX, SUM), and ASC or DESC");
    const size = (s: Series): number =>
      s.points.size === 0 ? Number.NEGATIVE_INFINITY : reduce([...s.points.values()]);
    const sorted = [...list(args, scope, "SORT")].sort((a, b) => size(a) - size(b));
    if (direction === "DESC") sorted.reverse();
    return limit === undefined ? sorted : sorted.slice(0, scalar(limit, scope, "SORT"));
  },
  FILL: (args, scope) => {
    const [of, filling] = args;
    if (of === undefined || filling === undefined) throw new MathError("FILL takes two arguments");
    const value = evaluate(of, scope);
    const filled = (s: Series): Series => fill(s, scope, fillingOf(filling, scope));
    return isList(value) ? value.map(filled) : filled(series(value, "FILL"));
  },
  IF: (args, scope) => {
    const [condition, then, otherwise] = args;
    if (condition === undefined || then === undefined || args.length > 3)
      throw new MathError("IF takes a condition, and one or two values");
    return choose(
      evaluate(condition, scope),
      evaluate(then, scope),
      otherwise === undefined ? undefined : evaluate(otherwise, scope),
    );
  },
  SEARCH: (args, scope) => {
    const [expression, statistic, period] = args;
    if (expression?.kind !== "text" || statistic?.kind !== "text")
      throw new MathError("SEARCH takes an expression, a statistic and a period");
    const seconds = period === undefined ? scope.period : scalar(period, scope, "SEARCH");
    return scope.searched(expression.value, statistic.value, seconds);
  },
};

/** The starts of all periods within the range. */
function times({ start, end }: MathScope, period: number): readonly number[] {
  const step = period * 1000;
  const first = Math.ceil(start / step) * step;
  const found: number[] = [];
  for (let at = first; at < end && found.length < mostPoints; at += step) found.push(at);
  return found;
}

/** More points than an answer may have (API Reference, "GetMetricData": 100,800). */
const mostPoints = 100_800;

type Filling = "REPEAT" | "LINEAR" | number | Series;

function fillingOf(arg: Expression, scope: MathScope): Filling {
  if (arg.kind === "reference" && (arg.id === "REPEAT" || arg.id === "LINEAR")) return arg.id;
  const value = evaluate(arg, scope);
  return typeof value === "number" ? value : series(value, "FILL");
}

/** Gives each period of the range a value. */
function fill(s: Series, scope: MathScope, filling: Filling): Series {
  const known = [...s.points];
  const points = new Map<number, number>();
  let next = 0;
  for (const at of times(scope, s.period)) {
    while (next < known.length && (known[next]?.[0] ?? at) < at) next++;
    const value = s.points.get(at) ?? missing(filling, at, known[next - 1], known[next]);
    if (value !== undefined) points.set(at, value);
  }
  return { ...s, points };
}

function missing(
  filling: Filling,
  at: number,
  before: readonly [number, number] | undefined,
  after: readonly [number, number] | undefined,
): number | undefined {
  if (typeof filling === "number") return filling;
  if (typeof filling === "object") return filling.points.get(at);
  if (filling === "REPEAT") return before?.[1];
  if (before === undefined || after === undefined) return undefined;
  return before[1] + ((after[1] - before[1]) * (at - before[0])) / (after[0] - before[0]);
}

function choose(condition: Value, then: Value, otherwise: Value | undefined): Value {
  if (typeof condition === "number") {
    if (condition !== 0) return then;
    return otherwise ?? [];
  }
  const wanted = series(condition, "IF");
  const at = (value: Value | undefined, time: number): number | undefined =>
    value === undefined || typeof value === "number" ? value : series(value, "IF").points.get(time);
  return mapped(wanted, (holds, time) => at(holds !== 0 ? then : otherwise, time));
}
