import type { StepScalingPolicyConfiguration } from "@aws-sdk/client-application-auto-scaling";
import { second } from "../../kernel/duration.ts";
import type { Policy } from "../../services/application-autoscaling/policies/policy.ts";
import type { ScalingDecision } from "../../services/application-autoscaling/scaling/operations.ts";
import type { Target } from "../../services/application-autoscaling/targets/target.ts";

/** What is known of the service that is scaled. */
export interface ScaledService {
  readonly desired: number;
  /** A deployment is under way: nothing is taken away then (ECS Developer Guide, "Automatically scale your service"). */
  readonly deploying: boolean;
}

/** What is known of the alarm that asks. */
export interface AskingAlarm {
  readonly name: string;
  /** The state that calls the policy: `ALARM`, mostly. */
  readonly state: string;
  readonly threshold: number;
  /** The metric over the periods that the alarm looks at, newest first. */
  readonly values: readonly number[];
}

/** Seconds of a cooldown that is not given, of a service of ECS (API Reference). */
const usualCooldown = 300;

/** Periods whose mean is taken for what a target tracking policy follows. */
const tracked = 3;

/** The desired count is to be within the bounds, whatever the policies say. AWS's words. */
export function planBounds({ min, max }: Target, { desired }: ScaledService): ScalingDecision {
  if (desired < min) {
    return { kind: "scale", from: desired, to: min, cause: `minimum capacity was set to ${min}` };
  }
  if (desired > max) {
    return { kind: "scale", from: desired, to: max, cause: `maximum capacity was set to ${max}` };
  }
  return { kind: "nothing" };
}

/** What an alarm asks for. */
export interface Asked {
  readonly target: Target;
  readonly policy: Policy;
  readonly alarm: AskingAlarm;
  readonly service: ScaledService;
  /** Whether every other target tracking policy is ready to scale in as well. */
  readonly othersReady: boolean;
  /** Epoch ms. */
  readonly now: number;
}

/**
 * What becomes of the desired count when an alarm has called a policy (User Guide, "How target tracking scaling works"
 * and "How step scaling works for Application Auto Scaling").
 */
export function planAlarm(asked: Asked): ScalingDecision {
  const { target, policy, alarm, service, now } = asked;
  const { desired } = service;
  const cause = `monitor alarm ${alarm.name} in state ${alarm.state} triggered policy ${policy.key.name}`;
  const { out: cooling } = target.cooldowns;
  const inCooldown = cooling !== undefined && now < cooling.until;
  // AWS: during the cooldown of a scale-out, what it has added counts as part of the next one.
  const base = inCooldown && cooling.to === desired ? cooling.from : desired;
  const wanted =
    policy.rule.type === "StepScaling" ? stepped(policy.rule.step, base, asked) : followed(base, asked);
  if (wanted === undefined) return { kind: "nothing" };
  const notScaled = (reason: { readonly Code: string }): ScalingDecision => ({
    kind: "not scaled",
    cause,
    reason,
  });
  if (wanted.direction === "out") {
    if (target.suspended.scaleOut) return { kind: "nothing" };
    if (desired >= target.max)
      return notScaled({ Code: "AlreadyAtMaxCapacity", ...{ MaxCapacity: target.max } });
    const to = Math.min(Math.max(wanted.to, target.min), target.max);
    if (to <= desired) {
      return inCooldown
        ? { kind: "nothing" }
        : notScaled({ Code: "AlreadyAtDesiredCapacity", ...{ CurrentCapacity: desired } });
    }
    const out = { until: now + cooldownOf(policy, "out") * second, from: desired, to };
    return { kind: "scale", from: desired, to, cause, cooldowns: { out } };
  }
  if (target.suspended.scaleIn || service.deploying) return { kind: "nothing" };
  if (policy.rule.type === "TargetTrackingScaling") {
    if (policy.rule.tracking.DisableScaleIn === true || !asked.othersReady) return { kind: "nothing" };
  }
  if (desired <= target.min)
    return notScaled({ Code: "AlreadyAtMinCapacity", ...{ MinCapacity: target.min } });
  if (now < (target.cooldowns.in?.until ?? 0)) return { kind: "nothing" };
  const to = Math.max(Math.min(wanted.to, target.max), target.min);
  if (to >= desired) return notScaled({ Code: "AutoScalingAnticipatedFlapping" });
  const cooldowns = {
    ...target.cooldowns,
    in: { until: now + cooldownOf(policy, "in") * second, from: desired, to },
  };
  return { kind: "scale", from: desired, to, cause, cooldowns };
}

interface Wanted {
  readonly direction: "in" | "out";
  readonly to: number;
}

/** As many as would bring the metric to the target, in proportion; never fewer than that. */
function followed(base: number, { policy, alarm, service }: Asked): Wanted | undefined {
  if (policy.rule.type !== "TargetTrackingScaling") return undefined;
  const { TargetValue: goal = 0 } = policy.rule.tracking;
  const newest = alarm.values.slice(0, tracked);
  if (newest.length === 0 || goal <= 0) return undefined;
  const metric = newest.reduce((sum, one) => sum + one, 0) / newest.length;
  const high = policy.alarms.some(({ name, side }) => name === alarm.name && side === "AlarmHigh");
  if (high) return metric > goal ? { direction: "out", to: Math.ceil((base * metric) / goal) } : undefined;
  return metric < goal ? { direction: "in", to: Math.ceil((service.desired * metric) / goal) } : undefined;
}

/** What the step says that the breach is in. */
function stepped(
  step: StepScalingPolicyConfiguration,
  base: number,
  { alarm, service }: Asked,
): Wanted | undefined {
  if (alarm.values.length === 0) return undefined;
  const breach = aggregate(alarm.values, step.MetricAggregationType) - alarm.threshold;
  const found = step.StepAdjustments?.find(
    ({ MetricIntervalLowerBound: low, MetricIntervalUpperBound: high }) =>
      within(breach, low ?? Number.NEGATIVE_INFINITY, high ?? Number.POSITIVE_INFINITY),
  );
  if (found?.ScalingAdjustment === undefined) return undefined;
  const adjustment = found.ScalingAdjustment;
  if (step.AdjustmentType === "ExactCapacity") {
    if (adjustment === service.desired) return undefined;
    return { direction: adjustment > service.desired ? "out" : "in", to: adjustment };
  }
  if (adjustment === 0) return undefined;
  const direction = adjustment > 0 ? "out" : "in";
  const from = direction === "out" ? base : service.desired;
  const change =
    step.AdjustmentType === "PercentChangeInCapacity"
      ? percent(from, adjustment, step.MinAdjustmentMagnitude ?? 1)
      : adjustment;
  return { direction, to: Math.max(0, from + change) };
}

/** AWS: above the threshold the lower bound belongs to a step, below it the upper one does. */
function within(breach: number, low: number, high: number): boolean {
  return breach >= 0 ? low <= breach && breach < high : low < breach && breach <= high;
}

/** AWS: towards zero, but never to none, and no less than the magnitude. */
function percent(from: number, adjustment: number, least: number): number {
  const exact = Math.trunc((from * adjustment) / 100);
  return Math.sign(adjustment) * Math.max(Math.abs(exact), least, 1);
}

function aggregate(values: readonly number[], type = "Average"): number {
  if (type === "Minimum") return Math.min(...values);
  if (type === "Maximum") return Math.max(...values);
  return values.reduce((sum, one) => sum + one, 0) / values.length;
}

function cooldownOf({ rule }: Policy, direction: "in" | "out"): number {
  if (rule.type === "StepScaling") return rule.step.Cooldown ?? usualCooldown;
  const { ScaleInCooldown, ScaleOutCooldown } = rule.tracking;
  return (direction === "in" ? ScaleInCooldown : ScaleOutCooldown) ?? usualCooldown;
}
