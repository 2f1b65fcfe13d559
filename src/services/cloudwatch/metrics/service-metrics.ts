import type { InternalOperation } from "../../../dispatch/operation.ts";
import type { ServiceMetric } from "../../../dispatch/service-metric.ts";
import type { Job, Jobs } from "../../../store/types.ts";
import { cloudWatchPrincipal } from "../principal.ts";
import { addDatapoint } from "./datapoints.ts";
import { nextRollUp, rollUpJob } from "./roll-up.ts";
import { summaryOf } from "./summary.ts";

/** Takes in what a service published of itself: AWS asks nobody's permission for it. */
export const takeServiceMetrics = ({
  jobs,
}: {
  readonly jobs: Jobs;
}): InternalOperation<{ readonly job: Job }, undefined, boolean> => ({
  service: "monitoring",
  name: "TakeServiceMetrics",
  onlyFor: cloudWatchPrincipal,
  unrecorded: true,
  authorise: () => [],
  async commit(tx, ctx, { job }) {
    if (!(await jobs.finish(tx, job))) return false;
    for (const { namespace, name, dimensions, at, unit = "None", values } of job.payload as ServiceMetric[]) {
      const metric = {
        namespace,
        name,
        dimensions: dimensions.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      };
      await addDatapoint(tx, job, { metric, at, unit, resolution: 60, summary: summaryOf(values) }, ctx.now);
    }
    await tx.enqueue(rollUpJob(job, nextRollUp(ctx.now)));
    return true;
  },
});
