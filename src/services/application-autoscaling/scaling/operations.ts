import { isDeepStrictEqual } from "node:util";
import type { NotScaledReason } from "@aws-sdk/client-application-auto-scaling";
import type { InternalOperation } from "../../../dispatch/operation.ts";
import type { Job } from "../../../store/types.ts";
import { type Activity, findActivity, keepActivity, newestActivity } from "../activities/activity.ts";
import { derivedUuid } from "../derived-id.ts";
import { type Policy, policiesOf } from "../policies/policy.ts";
import type { AutoScalingPorts } from "../ports.ts";
import { autoScalingPrincipal } from "../principal.ts";
import { findTarget, keepTarget, type Target } from "../targets/target.ts";
import { type ScalingJob, scalingJob } from "./scaling-job.ts";

/** A target as the loop looks at it. */
export interface InspectedTarget {
  readonly target: Target;
  readonly policies: readonly Policy[];
  /** The activity that a job is about. */
  readonly activity?: Activity;
}

/** What shall become of a target. Cooldowns are those that hold from now on; left out, they stay as they are. */
export type ScalingDecision =
  | {
      readonly kind: "scale";
      readonly from: number;
      readonly to: number;
      readonly cause: string;
      readonly cooldowns?: Target["cooldowns"];
    }
  | { readonly kind: "not scaled"; readonly cause: string; readonly reason: NotScaledReason }
  | { readonly kind: "nothing" };

/** How far an activity has come; `again` is when to look at it next, epoch ms. */
export interface ActivityProgress {
  readonly change: Partial<Pick<Activity, "status" | "message" | "applied">>;
  readonly ends: boolean;
  readonly again?: number;
}

/** What the scaling loop does in the service's own tables. Bookkeeping: AWS knows no permission for it. */
export interface ScalingOperations {
  readonly inspect: InternalOperation<{ readonly job: Job }, undefined, InspectedTarget | undefined>;
  readonly decide: InternalOperation<
    { readonly job: Job; readonly decision: ScalingDecision },
    undefined,
    boolean
  >;
  readonly settle: InternalOperation<
    { readonly job: Job; readonly progress: ActivityProgress },
    undefined,
    boolean
  >;
}

export function createScalingOperations({ jobs }: AutoScalingPorts): ScalingOperations {
  const own = {
    service: "application-autoscaling",
    onlyFor: autoScalingPrincipal,
    unrecorded: true,
    authorise: () => [],
  } as const;
  const keyOf = ({ account, region, payload }: Job) => ({
    account,
    region,
    resourceId: (payload as ScalingJob).resourceId,
  });
  return {
    inspect: {
      ...own,
      name: "InspectScalableTarget",
      async read(ctx, { job }) {
        const target = await findTarget(ctx.rows, keyOf(job));
        if (target === undefined) return undefined;
        const work = job.payload as ScalingJob;
        const activity =
          work.kind === "activity" ? await findActivity(ctx.rows, target.key, work.activity) : undefined;
        return {
          target,
          policies: await policiesOf(ctx.rows, target.key),
          ...(activity !== undefined && { activity }),
        };
      },
    },
    decide: {
      ...own,
      name: "DecideScaling",
      async commit(tx, ctx, { job, decision }) {
        if (!(await jobs.finish(tx, job))) return false;
        const target = await findTarget(tx, keyOf(job));
        if (target === undefined || decision.kind === "nothing") return true;
        const { key } = target;
        // INVARIANT: what one job asks for is done once, however often it is looked at.
        const id = derivedUuid(job.id);
        const begun = { key, id, startedAt: ctx.now, cause: decision.cause };
        if (decision.kind === "not scaled") {
          const before = await newestActivity(tx, key);
          const same =
            before?.cause === decision.cause && isDeepStrictEqual(before.notScaled, [decision.reason]);
          // Ours: an alarm that stays asks every minute, and is told once.
          if (same) return true;
          const activity: Activity = {
            ...begun,
            endedAt: ctx.now,
            description: "Attempting to scale due to alarm triggered",
            status: "Failed",
            notScaled: [decision.reason],
          };
          await keepActivity(tx, activity, ctx.now);
          return true;
        }
        const { from, to, cooldowns } = decision;
        const description = `Setting desired count to ${to}.`;
        await keepActivity(tx, { ...begun, description, status: "Pending", from, to }, ctx.now);
        if (cooldowns !== undefined) await keepTarget(tx, { ...target, cooldowns });
        await tx.enqueue(scalingJob(key, { kind: "activity", activity: id }));
        return true;
      },
    },
    settle: {
      ...own,
      name: "SettleScalingActivity",
      async commit(tx, ctx, { job, progress }) {
        if (!(await jobs.finish(tx, job))) return false;
        const work = job.payload as ScalingJob;
        if (work.kind !== "activity") return true;
        const key = keyOf(job);
        const activity = await findActivity(tx, key, work.activity);
        if (activity === undefined || activity.endedAt !== undefined) return true;
        const changed: Activity = {
          ...activity,
          ...progress.change,
          ...(progress.ends && { endedAt: ctx.now }),
        };
        await keepActivity(tx, changed, ctx.now);
        if (!progress.ends) await tx.enqueue(scalingJob(key, work, progress.again));
        return true;
      },
    },
  };
}
