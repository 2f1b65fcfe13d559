import { causeTime } from "../../services/autoscaling/activities/activity.ts";
import type { GroupDocument } from "../../services/autoscaling/groups/group.ts";
import {
  adjusted,
  type ScalingPolicy,
  stepFor,
  trackedCapacity,
} from "../../services/autoscaling/policies/policy.ts";

/** An alarm in ALARM whose action is a policy of the group. */
export interface RaisedAlarm {
  readonly policy: string;
  readonly name: string;
  /** The metric's latest value, and the alarm's threshold. */
  readonly metric: number;
  readonly threshold: number;
  /** When the minute of that value began, epoch ms. */
  readonly at: number;
}

/**
 * The group with the desired capacity that its policies ask for. Of several the largest wins ("Dynamic scaling", User
 * Guide, "Multiple dynamic scaling policies").
 */
export function applyAlarms(
  document: GroupDocument,
  raised: readonly RaisedAlarm[],
  now: number,
): GroupDocument {
  if ("AlarmNotification" in document.suspended || document.deleting === true) return document;
  const wishes = raised.flatMap((alarm) => {
    const policy = document.policies.find(({ id }) => id === alarm.policy);
    if (policy === undefined || !policy.enabled) return [];
    // What was measured before the group last changed does not tell of the instances that it has now.
    if (alarm.at < (document.scaledAt ?? 0)) return [];
    const wanted = wantedBy(document, policy, alarm, now);
    if (wanted === undefined) return [];
    const bounded = Math.min(Math.max(wanted, document.min), document.max);
    return bounded === document.desired ? [] : [{ policy, alarm, wanted: bounded }];
  });
  const [first] = wishes.toSorted((a, b) => b.wanted - a.wanted);
  if (first === undefined) return document;
  const { policy, alarm, wanted } = first;
  const intent = `At ${causeTime(now)} a monitor alarm ${alarm.name} in state ALARM triggered policy ${policy.name} changing the desired capacity from ${document.desired} to ${wanted}.`;
  const cooldown = policy.type === "SimpleScaling" ? (policy.cooldown ?? document.cooldown) : 0;
  return {
    ...document,
    desired: wanted,
    intent,
    scaledAt: now,
    ...(cooldown > 0 && { cooldownUntil: now + cooldown * 1000 }),
  };
}

/** The capacity that a policy asks for; `undefined` when it asks for none now. */
function wantedBy(
  document: GroupDocument,
  policy: ScalingPolicy,
  { metric, threshold, name }: RaisedAlarm,
  now: number,
): number | undefined {
  const { desired } = document;
  if (policy.type === "SimpleScaling") {
    // AWS: one activity, and its cooldown, must be over before the next (User Guide, "Scaling cooldowns").
    if (now < (document.cooldownUntil ?? 0) || !isSettled(document)) return undefined;
    return adjusted(desired, policy, policy.adjustment ?? 0);
  }
  if (policy.type === "StepScaling") {
    const adjustment = stepFor(policy.steps ?? [], metric - threshold);
    if (adjustment === undefined) return undefined;
    // AWS: instances that warm up count already, so that a step is not taken twice for the same breach.
    const wanted = adjusted(warmOf(document, policy, now), policy, adjustment);
    return adjustment < 0 && !isSettled(document) ? undefined : atLeastSameWay(desired, wanted, adjustment);
  }
  const target = policy.tracking?.TargetValue ?? 0;
  if (target <= 0) return undefined;
  const wanted = trackedCapacity(warmOf(document, policy, now), metric, target);
  if (name.includes("-AlarmLow-")) {
    if (policy.tracking?.DisableScaleIn === true || !isSettled(document)) return undefined;
    // AWS: it shrinks only when nothing warms up.
    return warmOf(document, policy, now) < desired ? undefined : Math.min(wanted, desired);
  }
  return Math.max(wanted, desired);
}

function atLeastSameWay(desired: number, wanted: number, adjustment: number): number {
  return adjustment >= 0 ? Math.max(desired, wanted) : Math.min(desired, wanted);
}

/** Instances that are in service for as long as they need to warm up. */
function warmOf(document: GroupDocument, policy: ScalingPolicy, now: number): number {
  const warmup = (policy.warmup ?? document.warmup ?? document.cooldown) * 1000;
  return document.instances.filter(
    ({ state, inServiceAt }) => state === "InService" && (inServiceAt ?? now) + warmup <= now,
  ).length;
}

/** Whether nothing is being launched or ended. */
function isSettled({ instances }: GroupDocument): boolean {
  return instances.every(({ state }) => state === "InService" || state === "Standby");
}
