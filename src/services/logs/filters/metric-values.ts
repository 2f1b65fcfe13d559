import type { MetricTransformation } from "@aws-sdk/client-cloudwatch-logs";
import type { ServiceMetric } from "../../../dispatch/service-metric.ts";
import { minute } from "../../../kernel/duration.ts";
import { type FilterPattern, filterPattern } from "../filter/pattern.ts";
import type { StoredEvent } from "../intake.ts";
import type { MetricFilterDocument } from "./filter-store.ts";

/**
 * What a metric filter makes of the events of one call: for each transformation the values of the events that meet the
 * pattern, minute by minute; its default value for a minute in which none does (CloudWatch Logs User Guide, "Creating
 * metrics from log events using filters").
 */
export function metricsOf(
  { pattern, transformations }: MetricFilterDocument,
  events: readonly StoredEvent[],
): readonly ServiceMetric[] {
  const compiled = filterPattern(pattern);
  return transformations.flatMap((transformation) => transformed(transformation, compiled, events));
}

function transformed(
  transformation: MetricTransformation,
  pattern: FilterPattern,
  events: readonly StoredEvent[],
): readonly ServiceMetric[] {
  const found = new Map<string, ServiceMetric & { readonly values: [number, number][] }>();
  const matched = new Set<number>();
  const seen = new Set<number>();
  const add = (at: number, dimensions: ServiceMetric["dimensions"], value: number): void => {
    const key = JSON.stringify([at, dimensions]);
    const metric = found.get(key) ?? {
      namespace: transformation.metricNamespace ?? "",
      name: transformation.metricName ?? "",
      dimensions,
      at,
      unit: transformation.unit ?? "None",
      values: [],
    };
    metric.values.push([value, 1]);
    found.set(key, metric);
  };
  for (const [time, message] of events) {
    const at = Math.floor(time / minute) * minute;
    seen.add(at);
    if (!pattern.matches(message)) continue;
    matched.add(at);
    const fields = pattern.extract(message);
    const value = numberOf(transformation.metricValue ?? "", fields, message);
    const dimensions = Object.entries(transformation.dimensions ?? {}).map(([name, selector]) => ({
      name,
      value: fieldOf(selector, fields, message) ?? "",
    }));
    // AWS: an event without a dimension's value or without a number makes no metric.
    if (value !== undefined && dimensions.every((dimension) => dimension.value !== ""))
      add(at, dimensions, value);
  }
  const { defaultValue } = transformation;
  if (defaultValue !== undefined) for (const at of seen) if (!matched.has(at)) add(at, [], defaultValue);
  return [...found.values()];
}

/** `metricValue`: a number, or the field that has it. */
function numberOf(
  metricValue: string,
  fields: Readonly<Record<string, string>>,
  message: string,
): number | undefined {
  const text = metricValue.startsWith("$") ? fieldOf(metricValue, fields, message) : metricValue;
  const value = text === undefined || text.trim() === "" ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** A field that the pattern names, or a property of a message in JSON: `$.request.ms`. */
function fieldOf(
  selector: string,
  fields: Readonly<Record<string, string>>,
  message: string,
): string | undefined {
  const named = fields[selector];
  if (named !== undefined || !selector.startsWith("$.")) return named;
  try {
    let value: unknown = JSON.parse(message);
    for (const step of selector
      .slice(2)
      .split(/\.|\[(\d+)\]/)
      .filter((part) => part !== undefined && part !== "")) {
      if (typeof value !== "object" || value === null) return undefined;
      value = (value as Readonly<Record<string, unknown>>)[step];
    }
    return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
  } catch {
    return undefined;
  }
}
