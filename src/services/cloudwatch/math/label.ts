import type { MetricStatistic } from "./run.ts";
import { reductions, type Series } from "./series.ts";

/**
 * The label of a series, its parts in `${…}` filled in (User Guide, "Using dynamic labels"): `LABEL`, statistics of the
 * values shown (`AVG`, `MAX`, `MIN`, `SUM`, `FIRST`, `LAST`), and properties: `PROP('Dim.ServiceName')`. What is
 * unknown stays as it is written.
 */
export function labelOf(text: string, series: Series, ask: MetricStatistic | string): string {
  return text.replace(
    /\$\{([A-Z]+)(?:\('([^']*)'\))?\}/g,
    (whole, name: string, property: string | undefined) => {
      if (name === "LABEL") return series.label;
      if (name === "PROP" && property !== undefined) return propertyOf(ask, property) ?? whole;
      const values = [...series.points.values()];
      if (name === "FIRST") return shown(values[0]);
      if (name === "LAST") return shown(values.at(-1));
      const reduce = reductions[name];
      if (reduce === undefined) return whole;
      return shown(values.length === 0 ? undefined : reduce(values));
    },
  );
}

function shown(value: number | undefined): string {
  if (value === undefined) return "--";
  return String(Math.round(value * 1_000) / 1_000);
}

function propertyOf(ask: MetricStatistic | string, property: string): string | undefined {
  if (typeof ask === "string") return undefined;
  const { metric, statistic, period } = ask;
  if (property.startsWith("Dim."))
    return metric.dimensions.find(({ name }) => name === property.slice("Dim.".length))?.value;
  const known: Readonly<Record<string, string>> = {
    MetricName: metric.name,
    Namespace: metric.namespace,
    Period: String(period),
    Stat: statistic,
  };
  return known[property];
}
