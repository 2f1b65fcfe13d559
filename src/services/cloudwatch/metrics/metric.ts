import { createHash } from "node:crypto";
import type { CloudWatchScope } from "../scope.ts";

export interface Dimension {
  readonly name: string;
  readonly value: string;
}

/** What names a metric: its dimensions in order of their names. Without dimensions it is another metric. */
export interface MetricKey {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: readonly Dimension[];
}

/** Dimensions as the API gives them. */
interface GivenDimension {
  readonly Name?: string | undefined;
  readonly Value?: string | undefined;
}

/** A metric of the API's members; what is left out is empty. */
export function metricKey(
  namespace: string | undefined,
  name: string | undefined,
  dimensions: readonly GivenDimension[] = [],
): MetricKey {
  const sorted = dimensions
    .map((dimension) => ({ name: dimension.Name ?? "", value: dimension.Value ?? "" }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return { namespace: namespace ?? "", name: name ?? "", dimensions: sorted };
}

/** The key of a metric's rows: equal for equal metrics of one account in one region, different otherwise. */
export function metricId({ account, region }: CloudWatchScope, metric: MetricKey): string {
  const { namespace, name, dimensions } = metric;
  const parts = [account, region, namespace, name, ...dimensions.flatMap((one) => [one.name, one.value])];
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64url");
}

/** Dimensions as the API answers them. */
export function apiDimensions(dimensions: readonly Dimension[]): { Name: string; Value: string }[] {
  return dimensions.map(({ name, value }) => ({ Name: name, Value: value }));
}
