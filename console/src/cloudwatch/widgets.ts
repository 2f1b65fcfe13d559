import type { ChartedMetric } from "./metric-data.ts";

/** A widget of a dashboard, as its body says it (CloudWatch API Reference, "Dashboard body structure and syntax"). */
export interface Widget {
  readonly type: string;
  readonly title: string;
  /** Text of a text widget, or the query of a log widget. */
  readonly text?: string;
  readonly metrics: readonly ChartedMetric[];
  /** Alarms of an alarm widget, or the one that an annotation names. */
  readonly alarms: readonly string[];
  readonly region?: string;
}

interface Body {
  readonly widgets?: readonly {
    readonly type?: string;
    readonly properties?: Properties;
  }[];
}

interface Properties {
  readonly title?: string;
  readonly markdown?: string;
  readonly query?: string;
  readonly metrics?: readonly (readonly unknown[])[];
  readonly alarms?: readonly string[];
  readonly annotations?: { readonly alarms?: readonly string[] };
  readonly stat?: string;
  readonly period?: number;
  readonly region?: string;
}

interface Rendering {
  readonly stat?: string;
  readonly period?: number;
  readonly label?: string;
  readonly expression?: string;
  readonly visible?: boolean;
}

/** In seconds, and the statistic, where the widget names none. */
const defaults = { period: 300, stat: "Average" } as const;

/** Reads a dashboard's body. What is no dashboard has no widgets. */
export function widgetsOf(body: string): readonly Widget[] {
  let read: Body;
  try {
    read = (JSON.parse(body) as Body | null) ?? {};
  } catch {
    return [];
  }
  return (Array.isArray(read.widgets) ? read.widgets : []).map(({ type = "text", properties = {} }) => ({
    ...{ type, title: properties.title ?? "", text: properties.markdown ?? properties.query },
    metrics: metricsOf(properties),
    alarms: properties.alarms ?? properties.annotations?.alarms ?? [],
    region: properties.region,
  }));
}

/**
 * The metrics of a widget. In each array, `"."` repeats what stands in its place in the array before, and `"..."` as
 * many of them as are missing. Expressions over metrics are left out.
 */
function metricsOf({ metrics = [], stat, period }: Properties): readonly ChartedMetric[] {
  let before: readonly string[] = [];
  return metrics.flatMap((entry) => {
    const rendering = renderingOf(entry);
    const words = expanded(
      entry.filter((word) => typeof word === "string"),
      before,
    );
    if (rendering.expression !== undefined || words.length < 2) return [];
    before = words;
    const [Namespace, MetricName, ...rest] = words;
    const Dimensions = rest.flatMap((Name, index) =>
      index % 2 === 0 ? [{ Name, Value: rest[index + 1] ?? "" }] : [],
    );
    if (rendering.visible === false) return [];
    return [
      {
        metric: { Namespace, MetricName, Dimensions },
        stat: rendering.stat ?? stat ?? defaults.stat,
        period: rendering.period ?? period ?? defaults.period,
        title: rendering.label ?? [MetricName, ...Dimensions.map(({ Value }) => Value)].join(" "),
      },
    ];
  });
}

function renderingOf(entry: readonly unknown[]): Rendering {
  const last = entry.at(-1);
  return typeof last === "object" && last !== null ? (last as Rendering) : {};
}

function expanded(words: readonly string[], before: readonly string[]): readonly string[] {
  const at = words.indexOf("...");
  const missing = at < 0 ? 0 : Math.max(0, before.length - (words.length - 1));
  const full = at < 0 ? words : [...words.slice(0, at), ...Array(missing).fill("."), ...words.slice(at + 1)];
  return full.map((word, index) => (word === "." ? (before[index] ?? "") : word));
}
