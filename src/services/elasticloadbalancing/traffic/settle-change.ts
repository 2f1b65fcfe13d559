import type { InternalOperation } from "../../../dispatch/operation.ts";
import type { Job } from "../../../store/types.ts";
import type { ElbPorts } from "../ports.ts";
import { elbPrincipal } from "../principal.ts";

/** Ends the job of a change that whoever carries the traffic has heard of. False when the lease was lost. */
export function settleLoadBalancerChange({
  jobs,
}: Pick<ElbPorts, "jobs">): InternalOperation<Job, unknown, boolean> {
  return {
    service: "elasticloadbalancing",
    name: "SettleLoadBalancerChange",
    onlyFor: elbPrincipal,
    unrecorded: true,
    authorise: () => [],
    commit: (tx, _ctx, job) => jobs.finish(tx, job),
  };
}
