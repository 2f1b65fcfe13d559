import type { InternalOperation } from "../../../dispatch/operation.ts";
import type { Job } from "../../../store/types.ts";
import { keepActivity } from "../activities/activity.ts";
import { derivedUuid } from "../derived-id.ts";
import type { AutoScalingPorts } from "../ports.ts";
import { autoScalingPrincipal } from "../principal.ts";
import { scalingJob } from "../scaling/scaling-job.ts";
import { findTarget, keepTarget } from "../targets/target.ts";
import {
  findScheduledAction,
  nextScheduledJob,
  type ScheduledAction,
  type ScheduledTime,
} from "./scheduled-action.ts";

/** The time of a scheduled action has come: the bounds of its target are set, and its next time is arranged. */
export const runScheduledAction = ({
  jobs,
}: AutoScalingPorts): InternalOperation<{ readonly job: Job }, undefined, boolean> => ({
  service: "application-autoscaling",
  name: "RunScheduledAction",
  onlyFor: autoScalingPrincipal,
  unrecorded: true,
  // Bookkeeping of the service in its own tables: AWS knows no permission for it.
  authorise: () => [],
  async commit(tx, ctx, { job }) {
    if (!(await jobs.finish(tx, job))) return false;
    const { key, putAt } = job.payload as ScheduledTime;
    const action = await findScheduledAction(tx, key);
    const target = await findTarget(tx, key);
    if (action?.putAt !== putAt || target === undefined) return true;
    const next = nextScheduledJob(action, ctx.now);
    if (next !== undefined) await tx.enqueue(next);
    if (target.suspended.scheduled) return true;
    const min = action.min ?? Math.min(target.min, action.max ?? target.min);
    const max = action.max ?? Math.max(target.max, min);
    await keepTarget(tx, { ...target, min, max });
    const bounds = boundsOf(action);
    await keepActivity(
      tx,
      {
        key: target.key,
        id: derivedUuid(job.id),
        startedAt: ctx.now,
        endedAt: ctx.now,
        description: `Setting ${bounds}`,
        cause: `scheduled action name ${key.name} was triggered`,
        status: "Successful",
        message: `Successfully set ${bounds}`,
      },
      ctx.now,
    );
    await tx.enqueue(scalingJob(target.key, { kind: "bounds" }));
    return true;
  },
});

/** AWS's words (User Guide, "Describe scaling activities for scheduled actions"). */
function boundsOf({ min, max }: ScheduledAction): string {
  const parts = [
    ...(min === undefined ? [] : [`min capacity to ${min}`]),
    ...(max === undefined ? [] : [`max capacity to ${max}`]),
  ];
  return parts.join(" and ");
}
