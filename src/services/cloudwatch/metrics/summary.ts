/** A value and how often it was seen. */
export type Counted = readonly [value: number, count: number];

/**
 * What is known of the values of one period: CloudWatch's statistic set, and the values themselves where every
 * publisher gave them (Amazon CloudWatch User Guide, "Statistics definitions").
 */
export interface Summary {
  readonly count: number;
  readonly sum: number;
  readonly minimum: number;
  readonly maximum: number;
  /** In ascending order. Absent when some came as a statistic set only: then there are no percentiles. */
  readonly values?: readonly Counted[];
}

/** Different values kept of one period. Beyond it neighbours are joined, so a percentile is a little less exact. */
export const mostValues = 1_000;

/** The summary of single values. */
export function summaryOf(values: readonly Counted[]): Summary {
  const sorted = joinEqual([...values].sort(([a], [b]) => a - b));
  return {
    count: total(sorted),
    sum: sorted.reduce((sum, [value, count]) => sum + value * count, 0),
    minimum: sorted[0]?.[0] ?? 0,
    maximum: sorted.at(-1)?.[0] ?? 0,
    values: thinned(sorted),
  };
}

/**
 * The summary of a statistic set. Of one value, or of equal ones, the values are known all the same
 * (API Reference, "StatisticSet"; User Guide, "Percentiles").
 */
export function summaryOfSet(set: Omit<Summary, "values">): Summary {
  const known = set.count === 1 || set.minimum === set.maximum;
  return known ? { ...set, values: [[set.minimum, set.count]] } : set;
}

/** What two publishers, or two periods, say together. */
export function merged(a: Summary, b: Summary): Summary {
  const both = {
    count: a.count + b.count,
    sum: a.sum + b.sum,
    minimum: Math.min(a.minimum, b.minimum),
    maximum: Math.max(a.maximum, b.maximum),
  };
  if (a.values === undefined || b.values === undefined) return both;
  const values = joinEqual([...a.values, ...b.values].sort(([x], [y]) => x - y));
  return { ...both, values: thinned(values) };
}

function total(values: readonly Counted[]): number {
  return values.reduce((sum, [, count]) => sum + count, 0);
}

function joinEqual(sorted: readonly Counted[]): Counted[] {
  const joined: Counted[] = [];
  for (const [value, count] of sorted) {
    const last = joined.at(-1);
    if (last?.[0] === value) joined[joined.length - 1] = [value, last[1] + count];
    else joined.push([value, count]);
  }
  return joined;
}

/** Joins neighbours, the two ends excepted, until few enough are left: their mean stands for both. */
function thinned(sorted: readonly Counted[]): readonly Counted[] {
  let values = sorted;
  while (values.length > mostValues) {
    const inner = values.slice(1, -1);
    const joined: Counted[] = [];
    for (let i = 0; i < inner.length; i += 2) {
      const [a, b] = [inner[i], inner[i + 1]];
      if (a === undefined) break;
      if (b === undefined) joined.push(a);
      else joined.push([(a[0] * a[1] + b[0] * b[1]) / (a[1] + b[1]), a[1] + b[1]]);
    }
    values = [...values.slice(0, 1), ...joined, ...values.slice(-1)];
  }
  return values;
}
