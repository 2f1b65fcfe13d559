import type { NewJob } from "../../../store/types.ts";
import type { TargetKey } from "../arn.ts";

/** The queue of what may lead to scaling, and of scaling under way. */
export const scalingQueue = "application-autoscaling.scaling";

/** Why a target is looked at. */
export type ScalingWork =
  /** An alarm has reached a policy. */
  | { readonly kind: "alarm"; readonly policy: string; readonly alarm: string }
  /** Its bounds were set. */
  | { readonly kind: "bounds" }
  /** An activity has begun: its desired count is to be set, then to be awaited. */
  | { readonly kind: "activity"; readonly activity: string };

/** The payload of a job of the queue. */
export type ScalingJob = ScalingWork & { readonly resourceId: string };

/** The job for a piece of work. Equal work waits once. */
export function scalingJob(
  { account, region, resourceId }: TargetKey,
  work: ScalingWork,
  notBefore?: number,
): NewJob {
  const payload: ScalingJob = { ...work, resourceId };
  return {
    queue: scalingQueue,
    key: JSON.stringify([account, region, ...Object.values(payload)]),
    account,
    region,
    payload,
    ...(notBefore !== undefined && { notBefore }),
  };
}
