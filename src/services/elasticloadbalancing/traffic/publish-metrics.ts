import type { InternalOperation } from "../../../dispatch/operation.ts";
import { emitServiceMetrics, type ServiceMetric } from "../../../dispatch/service-metric.ts";
import { elbPrincipal } from "../principal.ts";

export interface PublishTrafficMetricsInput {
  /** A UUID: the same metrics told twice count once. */
  readonly id: string;
  readonly metrics: readonly ServiceMetric[];
}

/** Publishes what was measured of load balancers' traffic, into the caller's account and region. Elastic Load Balancing's own: only it may. */
export const publishTrafficMetrics: InternalOperation<PublishTrafficMetricsInput, unknown, void> = {
  service: "elasticloadbalancing",
  name: "PublishTrafficMetrics",
  onlyFor: elbPrincipal,
  unrecorded: true,
  authorise: () => [],
  commit: (tx, { account, region }, { id, metrics }) =>
    emitServiceMetrics(tx, id, { account, region }, metrics),
};
