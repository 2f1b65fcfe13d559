import type { AccountId, Region } from "../kernel/brand.ts";
import type { Tx } from "../store/types.ts";

/** The queue of metrics that services publish about what they do. */
export const serviceMetricQueue = "cloudwatch.service-metrics";

/** Values of one metric in one minute, as Amazon CloudWatch keeps them. */
export interface ServiceMetric {
  /** `AWS/ECS`. */
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: readonly { readonly name: string; readonly value: string }[];
  /** Epoch ms. */
  readonly at: number;
  /** `None` by default. */
  readonly unit?: string;
  /** Values, each with how often it was seen. */
  readonly values: readonly (readonly [value: number, count: number])[];
}

/**
 * Publishes metrics with the change that they tell of: they leave if and only if the transaction commits.
 * @param id a UUID made outside the transaction, so that a second run publishes nothing twice.
 */
export async function emitServiceMetrics(
  tx: Tx,
  id: string,
  scope: { readonly account: AccountId; readonly region: Region },
  metrics: readonly ServiceMetric[],
): Promise<void> {
  if (metrics.length === 0) return;
  await tx.enqueue({
    queue: serviceMetricQueue,
    key: id,
    account: scope.account,
    region: scope.region,
    payload: metrics,
  });
}
