import type { Counted, Summary } from "./summary.ts";

/** Computes one statistic of a period; `undefined` when what was published does not tell it. */
export type Statistic = (summary: Summary) => number | undefined;

/** The statistics of GetMetricStatistics, by the name of the API. */
const simple: ReadonlyMap<string, Statistic> = new Map<string, Statistic>([
  ["SampleCount", ({ count }) => count],
  ["Average", ({ sum, count }) => sum / count],
  ["Sum", ({ sum }) => sum],
  ["Minimum", ({ minimum }) => minimum],
  ["Maximum", ({ maximum }) => maximum],
  ["IQM", (summary) => ofValues(summary, (values) => mean(between(values, percents(25, 75))))],
]);

/** What a range of values is cut out by: a share of all of them, or their size. */
interface Range {
  readonly kind: "percent" | "value";
  readonly low: number;
  readonly high: number;
}

const percents = (low: number, high: number): Range => ({ kind: "percent", low, high });

/**
 * Reads the name of a statistic: `Average`, `p99.9`, `tm90`, `TM(10%:90%)`, `PR(:300)`, `TS(80%:)` and so on
 * (User Guide, "CloudWatch statistics definitions"). `undefined` when it is none.
 */
export function statisticOf(name: string): Statistic | undefined {
  const known = simple.get(name);
  if (known !== undefined) return known;
  const single = /^(p|tm|wm|tc|ts)(\d{1,3}(?:\.\d{1,10})?)$/.exec(name);
  if (single !== null) {
    const [, kind = "", text = ""] = single;
    const percent = Number(text);
    if (percent > 100) return undefined;
    if (kind === "p") return (summary) => ofValues(summary, (values) => percentile(values, percent));
    return ranged(kind, percents(0, percent));
  }
  const pair = /^(TM|WM|TC|TS|PR)\(([^:()]*):([^:()]*)\)$/.exec(name);
  if (pair === null) return undefined;
  const [, kind = "", low = "", high = ""] = pair;
  const range = readRange(low, high);
  if (range === undefined || (kind === "PR" && range.kind === "percent")) return undefined;
  return ranged(kind.toLowerCase(), range);
}

function readRange(low: string, high: string): Range | undefined {
  if (low === "" && high === "") return undefined;
  const percent = [low, high].filter((side) => side.endsWith("%")).length;
  const given = [low, high].filter((side) => side !== "").length;
  if (percent !== 0 && percent !== given) return undefined;
  const number = /^-?\d+(\.\d+)?%?$/;
  if ([low, high].some((side) => side !== "" && !number.test(side))) return undefined;
  const value = (side: string, otherwise: number): number =>
    side === "" ? otherwise : Number(side.replace("%", ""));
  const range: Range =
    percent > 0
      ? percents(value(low, 0), value(high, 100))
      : {
          kind: "value",
          low: value(low, Number.NEGATIVE_INFINITY),
          high: value(high, Number.POSITIVE_INFINITY),
        };
  if (range.low >= range.high) return undefined;
  return range.kind === "percent" && (range.low < 0 || range.high > 100) ? undefined : range;
}

/** Trimmed and winsorized means, trimmed counts and sums, percentile ranks. */
function ranged(kind: string, range: Range): Statistic {
  return (summary) =>
    ofValues(summary, (values) => {
      const within = between(values, range);
      switch (kind) {
        case "tm":
          return mean(within);
        case "wm":
          return winsorizedMean(values, within);
        case "tc":
          return countOf(within);
        case "ts":
          return sumOf(within);
        default:
          return (100 * countOf(within)) / countOf(values);
      }
    });
}

function ofValues<T>({ values }: Summary, compute: (values: readonly Counted[]) => T): T | undefined {
  return values === undefined || values.length === 0 ? undefined : compute(values);
}

const countOf = (values: readonly Counted[]): number => values.reduce((sum, [, count]) => sum + count, 0);
const sumOf = (values: readonly Counted[]): number =>
  values.reduce((sum, [value, count]) => sum + value * count, 0);

function mean(values: readonly Counted[]): number | undefined {
  const count = countOf(values);
  return count === 0 ? undefined : sumOf(values) / count;
}

/** The smallest value that at least so many per cent of all do not exceed. */
function percentile(values: readonly Counted[], percent: number): number | undefined {
  const wanted = (countOf(values) * percent) / 100;
  let seen = 0;
  for (const [value, count] of values) {
    seen += count;
    if (seen >= wanted) return value;
  }
  return values.at(-1)?.[0];
}

/** The part of the values within a range; a value on its edge counts with the share that is inside. */
function between(values: readonly Counted[], { kind, low, high }: Range): readonly Counted[] {
  if (kind === "value") return values.filter(([value]) => value > low && value <= high);
  const all = countOf(values);
  const [from, to] = [(all * low) / 100, (all * high) / 100];
  let seen = 0;
  return values.flatMap(([value, count]): readonly Counted[] => {
    const inside = Math.min(to, seen + count) - Math.max(from, seen);
    seen += count;
    return inside > 0 ? [[value, inside]] : [];
  });
}

/** What is outside counts as the nearest value inside. */
function winsorizedMean(values: readonly Counted[], within: readonly Counted[]): number | undefined {
  const [lowest, highest] = [within[0]?.[0], within.at(-1)?.[0]];
  if (lowest === undefined || highest === undefined) return undefined;
  return mean(values.map(([value, count]) => [Math.min(highest, Math.max(lowest, value)), count] as const));
}
