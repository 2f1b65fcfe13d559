import type { InternalOperation } from "../../../dispatch/operation.ts";
import { emitServiceMetrics, type ServiceMetric } from "../../../dispatch/service-metric.ts";
import { ecsPrincipal } from "../role.ts";

/** Publishes what the proxies of Service Connect have counted. */
export const publishConnectMetrics: InternalOperation<
  {
    /** A UUID: the same metrics are not published twice. */
    readonly id: string;
    readonly metrics: readonly ServiceMetric[];
  },
  undefined,
  void
> = {
  service: "ecs",
  name: "PublishServiceConnectMetrics",
  onlyFor: ecsPrincipal,
  unrecorded: true,
  // ECS's own affair: AWS knows no permission for it.
  authorise: () => [],
  commit: (tx, { account, region }, { id, metrics }) =>
    emitServiceMetrics(tx, id, { account, region }, metrics),
};
