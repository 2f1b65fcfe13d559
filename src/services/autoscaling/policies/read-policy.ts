import type * as autoscaling from "@aws-sdk/client-auto-scaling";
import { notServed, validation } from "../faults.ts";
import type { AdjustmentType, ScalingPolicy, Step } from "./policy.ts";
import { watchedBy } from "./tracking-alarms.ts";

const adjustmentTypes: ReadonlySet<string> = new Set([
  "ChangeInCapacity",
  "ExactCapacity",
  "PercentChangeInCapacity",
]);

/** AWS General Reference, "Amazon EC2 Auto Scaling endpoints and quotas". */
const mostSteps = 20;

/** Reads a scaling policy. @param id its UUID. @throws Fault `ValidationError`; texts are ours. */
export function readPolicy(input: autoscaling.PutScalingPolicyType, id: string): ScalingPolicy {
  const { PolicyName: name = "", PolicyType: type = "SimpleScaling", Enabled: enabled = true } = input;
  const base = { name, id, enabled };
  switch (type) {
    case "SimpleScaling":
      return { ...base, type, ...readSimple(input) };
    case "StepScaling":
      return { ...base, type, ...readSteps(input) };
    case "TargetTrackingScaling":
      return { ...base, type, ...readTracking(input) };
    case "PredictiveScaling":
      throw notServed("PredictiveScaling: nothing is forecast here. It");
    default:
      throw validation(`Unknown policy type: ${type.slice(0, 64)}`);
  }
}

function readAdjustment(input: autoscaling.PutScalingPolicyType) {
  const { AdjustmentType: type, MinAdjustmentMagnitude, MinAdjustmentStep } = input;
  if (type === undefined || !adjustmentTypes.has(type)) {
    throw validation("AdjustmentType must be ChangeInCapacity, ExactCapacity or PercentChangeInCapacity.");
  }
  const minMagnitude = MinAdjustmentMagnitude ?? MinAdjustmentStep;
  if (minMagnitude !== undefined && type !== "PercentChangeInCapacity") {
    throw validation("MinAdjustmentMagnitude is for PercentChangeInCapacity only.");
  }
  return {
    adjustmentType: type as AdjustmentType,
    ...(minMagnitude !== undefined && { minMagnitude }),
  };
}

function readSimple(input: autoscaling.PutScalingPolicyType) {
  const { ScalingAdjustment: adjustment, Cooldown: cooldown } = input;
  if (adjustment === undefined) throw validation("ScalingAdjustment is required for SimpleScaling.");
  if ((input.StepAdjustments ?? []).length > 0) {
    throw validation("StepAdjustments are for StepScaling only.");
  }
  return { ...readAdjustment(input), adjustment, ...(cooldown !== undefined && { cooldown }) };
}

function readSteps(input: autoscaling.PutScalingPolicyType) {
  const { StepAdjustments = [], EstimatedInstanceWarmup: warmup, MetricAggregationType } = input;
  if (input.Cooldown !== undefined) throw validation("Cooldown is for SimpleScaling only.");
  if (input.ScalingAdjustment !== undefined) throw validation("ScalingAdjustment is for SimpleScaling only.");
  const aggregation = MetricAggregationType ?? "Average";
  if (!["Minimum", "Maximum", "Average"].includes(aggregation)) {
    throw validation("MetricAggregationType must be Minimum, Maximum or Average.");
  }
  const steps = StepAdjustments.map(
    ({ MetricIntervalLowerBound: lower, MetricIntervalUpperBound: upper, ScalingAdjustment = 0 }): Step => ({
      adjustment: ScalingAdjustment,
      ...(lower !== undefined && { lower }),
      ...(upper !== undefined && { upper }),
    }),
  );
  checkSteps(steps);
  return {
    ...readAdjustment(input),
    ...{ steps, aggregation },
    ...(warmup !== undefined && { warmup }),
  };
}

/** "Step adjustments", User Guide: intervals do not overlap, have no gaps, and at most one is open at each side. */
function checkSteps(steps: readonly Step[]): void {
  if (steps.length === 0) throw validation("StepAdjustments are required for StepScaling.");
  if (steps.length > mostSteps) throw validation(`There can be at most ${mostSteps} StepAdjustments.`);
  const low = ({ lower = Number.NEGATIVE_INFINITY }: Step): number => lower;
  const high = ({ upper = Number.POSITIVE_INFINITY }: Step): number => upper;
  if (steps.some((step) => low(step) >= high(step))) {
    throw validation("The upper bound of a step must be greater than its lower bound.");
  }
  if (steps.some((step) => step.lower === undefined && step.upper === undefined)) {
    throw validation("A step must have a lower bound or an upper bound.");
  }
  const ordered = steps.toSorted((a, b) => low(a) - low(b));
  for (const [i, step] of ordered.entries()) {
    const next = ordered[i + 1];
    if (next === undefined) continue;
    if (high(step) > low(next)) throw validation("StepAdjustment intervals can't overlap.");
    if (high(step) < low(next)) throw validation("There must not be a gap between StepAdjustment intervals.");
  }
  const [first] = ordered;
  const last = ordered.at(-1);
  if (first?.lower !== undefined && first.lower < 0) {
    throw validation("A step below the threshold needs one without a lower bound below it.");
  }
  if (last?.upper !== undefined && last.upper > 0) {
    throw validation("A step above the threshold needs one without an upper bound above it.");
  }
}

function readTracking(input: autoscaling.PutScalingPolicyType) {
  const { TargetTrackingConfiguration: tracking, EstimatedInstanceWarmup: warmup } = input;
  if (tracking === undefined) {
    throw validation("TargetTrackingConfiguration is required for TargetTrackingScaling.");
  }
  if (input.AdjustmentType !== undefined) {
    throw validation("AdjustmentType is not for TargetTrackingScaling.");
  }
  if (!((tracking.TargetValue ?? 0) > 0)) throw validation("TargetValue must be greater than 0.");
  watchedBy(tracking);
  return { tracking, ...(warmup !== undefined && { warmup }) };
}
