import type * as autoscaling from "@aws-sdk/client-auto-scaling";

/** How a policy changes the capacity. */
export type AdjustmentType = "ChangeInCapacity" | "ExactCapacity" | "PercentChangeInCapacity";

/** A step of a step scaling policy: bounds relative to the alarm's threshold. */
export interface Step {
  readonly lower?: number;
  readonly upper?: number;
  readonly adjustment: number;
}

/** A scaling policy of a group. */
export interface ScalingPolicy {
  readonly name: string;
  /** A UUID. */
  readonly id: string;
  readonly type: "SimpleScaling" | "StepScaling" | "TargetTrackingScaling";
  readonly enabled: boolean;
  readonly adjustmentType?: AdjustmentType;
  /** MinAdjustmentMagnitude. */
  readonly minMagnitude?: number;
  /** Of simple scaling. */
  readonly adjustment?: number;
  /** Of simple scaling, in seconds. */
  readonly cooldown?: number;
  readonly steps?: readonly Step[];
  readonly aggregation?: string;
  /** EstimatedInstanceWarmup, in seconds. */
  readonly warmup?: number;
  readonly tracking?: autoscaling.TargetTrackingConfiguration;
  /** Of target tracking: the alarms that were made for it. */
  readonly alarms?: readonly { readonly name: string; readonly arn: string }[];
}

/** The new capacity by an adjustment, before the group's bounds ("Scaling adjustment types", User Guide). */
export function adjusted(
  current: number,
  { adjustmentType, minMagnitude = 0 }: Pick<ScalingPolicy, "adjustmentType" | "minMagnitude">,
  adjustment: number,
): number {
  if (adjustmentType === "ExactCapacity") return adjustment;
  if (adjustmentType === "ChangeInCapacity") return current + adjustment;
  const exact = (current * adjustment) / 100;
  // AWS: above 1 rounded down, between 0 and 1 up to 1, between 0 and -1 to -1, below -1 rounded up.
  const rounded = exact > 0 && exact < 1 ? 1 : exact < 0 && exact > -1 ? -1 : Math.trunc(exact);
  const least = Math.sign(adjustment) * Math.max(Math.abs(rounded), minMagnitude);
  return current + least;
}

/** The adjustment of the step that a metric's distance from the threshold falls into; `undefined` where there is none. */
export function stepFor(steps: readonly Step[], distance: number): number | undefined {
  const upwards = (step: Step): boolean => (step.lower ?? Number.NEGATIVE_INFINITY) >= 0;
  // At the threshold itself the step above it counts.
  const inOrder = [...steps.filter(upwards), ...steps.filter((step) => !upwards(step))];
  return inOrder.find((step) => {
    const { lower = Number.NEGATIVE_INFINITY, upper = Number.POSITIVE_INFINITY } = step;
    // AWS: above the threshold the lower bound is inclusive, below it the upper bound.
    return upwards(step) ? distance >= lower && distance < upper : distance > lower && distance <= upper;
  })?.adjustment;
}

/**
 * The capacity at which a metric that falls with the number of instances would be at its target. AWS rounds so that the
 * target is not exceeded ("Target tracking scaling policies", User Guide); none counts as one.
 */
export function trackedCapacity(current: number, metric: number, target: number): number {
  return Math.ceil((Math.max(current, 1) * metric) / target - 1e-9);
}
