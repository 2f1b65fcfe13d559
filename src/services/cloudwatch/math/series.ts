/** A time series: values by the start of their period (epoch ms), in order of time. */
export interface Series {
  readonly label: string;
  /** In seconds. */
  readonly period: number;
  readonly points: ReadonlyMap<number, number>;
}

/** A series with other values at the same times; a point without a value goes. */
export function mapped(series: Series, change: (value: number, at: number) => number | undefined): Series {
  const points = new Map<number, number>();
  for (const [at, value] of series.points) {
    const changed = change(value, at);
    if (changed !== undefined && Number.isFinite(changed)) points.set(at, changed);
  }
  return { ...series, points };
}

/** Two series at the times that both have. */
export function combined(a: Series, b: Series, combine: (x: number, y: number) => number): Series {
  return mapped({ ...a, period: Math.max(a.period, b.period) }, (x, at) => {
    const y = b.points.get(at);
    return y === undefined ? undefined : combine(x, y);
  });
}

/** One value for each time that any of the series has, of the values that are there then. */
export function across(list: readonly Series[], reduce: (values: readonly number[]) => number): Series {
  const values = new Map<number, number[]>();
  for (const { points } of list)
    for (const [at, value] of points) {
      const have = values.get(at);
      if (have === undefined) values.set(at, [value]);
      else have.push(value);
    }
  const times = [...values.keys()].sort((x, y) => x - y);
  return {
    label: "",
    period: Math.max(...list.map(({ period }) => period)),
    points: new Map(times.map((at) => [at, reduce(values.get(at) ?? [])])),
  };
}

/** The reductions that metric math names, over the values of one series or over several series at one time. */
export const reductions: Readonly<Record<string, (values: readonly number[]) => number>> = {
  AVG: (values) => sum(values) / values.length,
  MAX: (values) => Math.max(...values),
  MIN: (values) => Math.min(...values),
  SUM: sum,
  STDDEV: (values) => {
    const mean = sum(values) / values.length;
    return Math.sqrt(sum(values.map((value) => (value - mean) ** 2)) / values.length);
  },
};

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
