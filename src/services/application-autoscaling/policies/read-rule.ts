import type {
  CustomizedMetricSpecification,
  PredefinedMetricSpecification,
  PutScalingPolicyRequest,
  StepAdjustment,
  StepScalingPolicyConfiguration,
  TargetTrackingScalingPolicyConfiguration,
} from "@aws-sdk/client-application-auto-scaling";
import { validation } from "../faults.ts";
import type { PolicyRule } from "./policy.ts";
import { labelParts } from "./tracking-alarms.ts";

/** Service quotas of Application Auto Scaling. */
const mostSteps = 20;
const mostQueries = 10;

/** The predefined metrics that make sense for a service of ECS. */
const predefinedMetrics: ReadonlySet<string> = new Set([
  "ECSServiceAverageCPUUtilization",
  "ECSServiceAverageMemoryUtilization",
  "ALBRequestCountPerTarget",
]);

/**
 * How the policy of a call scales.
 * @param before how it has scaled until now; a policy keeps its type. @throws Fault `ValidationException`. The
 * sentences are ours, where they have no other source.
 */
export function readRule(input: PutScalingPolicyRequest, before: PolicyRule | undefined): PolicyRule {
  const type = input.PolicyType ?? before?.type ?? "StepScaling";
  const {
    StepScalingPolicyConfiguration: step,
    TargetTrackingScalingPolicyConfiguration: tracking,
    PredictiveScalingPolicyConfiguration: predictive,
  } = input;
  if (type === "PredictiveScaling" || predictive !== undefined) {
    throw validation(
      "Roadstead does not scale predictively, as there are no models of what is to come: use a scheduled action.",
    );
  }
  if (before !== undefined && before.type !== type)
    throw validation(`The type of a scaling policy cannot be changed: it is ${before.type}.`);
  if (type === "StepScaling") {
    if (tracking !== undefined)
      throw validation(
        "A policy of type StepScaling cannot have a TargetTrackingScalingPolicyConfiguration.",
      );
    if (step === undefined)
      throw validation("StepScalingPolicyConfiguration is required for a policy of type StepScaling.");
    return { type, step: readStep(step) };
  }
  if (step !== undefined)
    throw validation("A policy of type TargetTrackingScaling cannot have a StepScalingPolicyConfiguration.");
  if (tracking === undefined) {
    throw validation(
      "TargetTrackingScalingPolicyConfiguration is required for a policy of type TargetTrackingScaling.",
    );
  }
  return { type: "TargetTrackingScaling", tracking: readTracking(tracking) };
}

function readStep(step: StepScalingPolicyConfiguration): StepScalingPolicyConfiguration {
  const { AdjustmentType: type, StepAdjustments: steps = [], MinAdjustmentMagnitude: least } = step;
  if (type === undefined) throw validation("AdjustmentType is required for a step scaling policy.");
  if (steps.length === 0) throw validation("At least one StepAdjustment must be specified.");
  if (steps.length > mostSteps) throw validation(`There can be no more than ${mostSteps} StepAdjustments.`);
  if (least !== undefined && type !== "PercentChangeInCapacity")
    throw validation(
      "MinAdjustmentMagnitude is only supported for the PercentChangeInCapacity adjustment type.",
    );
  if (least !== undefined && least < 1) throw validation("MinAdjustmentMagnitude must be at least 1.");
  checkCooldown("Cooldown", step.Cooldown);
  if (type === "ExactCapacity" && steps.some(({ ScalingAdjustment: to = 0 }) => to < 0))
    throw validation("ScalingAdjustment must not be negative for the ExactCapacity adjustment type.");
  checkSteps(steps);
  return step;
}

/** The rules of API Reference, "StepAdjustment": together the steps cover their range once, with no gap. */
function checkSteps(steps: readonly StepAdjustment[]): void {
  const bounds = steps.map(({ MetricIntervalLowerBound: low, MetricIntervalUpperBound: high }) => ({
    low: low ?? Number.NEGATIVE_INFINITY,
    high: high ?? Number.POSITIVE_INFINITY,
  }));
  const sorted = bounds.toSorted((a, b) => a.low - b.low);
  if (sorted.some(({ low, high }) => low === -Infinity && high === Infinity))
    throw validation(
      "At least one of MetricIntervalLowerBound and MetricIntervalUpperBound must be specified.",
    );
  if (sorted.some(({ low, high }) => !(low < high)))
    throw validation("MetricIntervalUpperBound must be greater than MetricIntervalLowerBound.");
  sorted.forEach((one, i) => {
    const next = sorted[i + 1];
    if (next === undefined) return;
    if (one.high > next.low) throw validation("StepAdjustment intervals can't overlap.");
    if (one.high < next.low) throw validation("StepAdjustment intervals can't have gaps between them.");
  });
  const first = sorted[0]?.low ?? 0;
  const last = sorted.at(-1)?.high ?? 0;
  if (first < 0 && first !== -Infinity) {
    throw validation(
      "If there is a StepAdjustment with a negative lower bound, there must be a StepAdjustment with an unspecified lower bound.",
    );
  }
  if (last > 0 && last !== Infinity) {
    throw validation(
      "If there is a StepAdjustment with a positive upper bound, there must be a StepAdjustment with an unspecified upper bound.",
    );
  }
}

function readTracking(
  tracking: TargetTrackingScalingPolicyConfiguration,
): TargetTrackingScalingPolicyConfiguration {
  const { TargetValue: target, PredefinedMetricSpecification: predefined } = tracking;
  const { CustomizedMetricSpecification: customized } = tracking;
  if (target === undefined || !Number.isFinite(target) || target <= 0)
    throw validation("TargetValue must be greater than 0.");
  if ((predefined === undefined) === (customized === undefined)) {
    throw validation(
      "Exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification must be specified.",
    );
  }
  if (predefined !== undefined) checkPredefined(predefined);
  if (customized !== undefined) checkCustomized(customized);
  checkCooldown("ScaleOutCooldown", tracking.ScaleOutCooldown);
  checkCooldown("ScaleInCooldown", tracking.ScaleInCooldown);
  return { ...tracking, DisableScaleIn: tracking.DisableScaleIn ?? false };
}

function checkPredefined({
  PredefinedMetricType: type,
  ResourceLabel: label,
}: PredefinedMetricSpecification): void {
  if (type === undefined || !predefinedMetrics.has(type))
    throw validation(`The predefined metric ${type} is not supported for a service of Amazon ECS here.`);
  const counted = type === "ALBRequestCountPerTarget";
  if (!counted && label !== undefined)
    throw validation(`A ResourceLabel cannot be specified for the predefined metric ${type}.`);
  if (counted && labelParts(label) === undefined) {
    throw validation(
      "ALBRequestCountPerTarget needs a ResourceLabel of the form app/<load balancer>/<id>/targetgroup/<target group>/<id>.",
    );
  }
}

function checkCustomized(own: CustomizedMetricSpecification): void {
  const { Metrics = [], MetricName, Namespace, Statistic, Dimensions } = own;
  if (Metrics.length === 0) {
    if (MetricName === undefined || Namespace === undefined || Statistic === undefined)
      throw validation("A customized metric needs MetricName, Namespace and Statistic, or Metrics.");
    return;
  }
  if ([MetricName, Namespace, Statistic, Dimensions].some((member) => member !== undefined))
    throw validation("Metrics cannot be specified together with a single metric.");
  if (Metrics.length > mostQueries)
    throw validation(`Metrics can have no more than ${mostQueries} elements.`);
  if (Metrics.filter(({ ReturnData = true }) => ReturnData).length !== 1)
    throw validation("Exactly one element of Metrics must return data.");
  if (Metrics.some(({ Expression, MetricStat }) => (Expression === undefined) === (MetricStat === undefined)))
    throw validation("Each element of Metrics needs exactly one of Expression and MetricStat.");
}

function checkCooldown(member: string, seconds: number | undefined): void {
  if (seconds !== undefined && seconds < 0) throw validation(`${member} must not be negative.`);
}
