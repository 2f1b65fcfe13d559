import type * as autoscaling from "@aws-sdk/client-auto-scaling";
import { notServed, validation } from "../faults.ts";
import type { GroupDocument } from "./group.ts";

/** The settings that CreateAutoScalingGroup and UpdateAutoScalingGroup have in common. */
export type GroupSettings = Pick<
  autoscaling.CreateAutoScalingGroupType,
  | "DefaultCooldown"
  | "HealthCheckType"
  | "HealthCheckGracePeriod"
  | "PlacementGroup"
  | "TerminationPolicies"
  | "NewInstancesProtectedFromScaleIn"
  | "CapacityRebalance"
  | "MaxInstanceLifetime"
  | "Context"
  | "DesiredCapacityType"
  | "DefaultInstanceWarmup"
  | "InstanceMaintenancePolicy"
  | "AvailabilityZoneDistribution"
  | "AvailabilityZoneImpairmentPolicy"
  | "CapacityReservationSpecification"
  | "InstanceLifecyclePolicy"
  | "AvailabilityZoneIds"
  | "DeletionProtection"
  | "ServiceLinkedRoleARN"
>;

/** "Configure termination policies for Amazon EC2 Auto Scaling", User Guide. */
export const terminationPolicyTypes = [
  "AllocationStrategy",
  "ClosestToNextInstanceHour",
  "Default",
  "NewestInstance",
  "OldestInstance",
  "OldestLaunchConfiguration",
  "OldestLaunchTemplate",
] as const;

/** Nothing here is charged by the hour, and no fleet allocates. */
const unservedPolicies: ReadonlySet<string> = new Set(["ClosestToNextInstanceHour", "AllocationStrategy"]);

const healthCheckTypes: ReadonlySet<string> = new Set(["EC2", "ELB"]);

/** The settings of a request that a group keeps; those that were not sent are left out. @throws Fault `ValidationError`. */
export function readSettings(input: GroupSettings, roleArn: string): Partial<GroupDocument> {
  refuseUnserved(input, roleArn);
  const types = input.HealthCheckType?.split(",").map((type) => type.trim());
  const strange = types?.find((type) => !healthCheckTypes.has(type));
  if (strange !== undefined) {
    throw validation(
      `Invalid health check type '${strange.slice(0, 64)}'. Valid health check types here are EC2 and ELB.`,
    );
  }
  const policies = input.TerminationPolicies;
  for (const policy of policies ?? []) {
    if (!(terminationPolicyTypes as readonly string[]).includes(policy)) {
      throw validation(`Invalid termination policy: ${policy.slice(0, 128)}`);
    }
    if (unservedPolicies.has(policy)) throw notServed(`The termination policy ${policy}`);
  }
  const lifetime = input.MaxInstanceLifetime;
  if (lifetime !== undefined && lifetime !== 0 && !(lifetime >= 86_400 && lifetime <= 31_536_000)) {
    throw validation("Max instance lifetime must be between 86400 and 31536000 seconds.");
  }
  for (const [name, value] of [
    ["DefaultCooldown", input.DefaultCooldown],
    ["HealthCheckGracePeriod", input.HealthCheckGracePeriod],
  ] as const) {
    if (value !== undefined && value < 0) throw validation(`${name} must not be negative.`);
  }
  const warmup = input.DefaultInstanceWarmup;
  return {
    ...(input.DefaultCooldown !== undefined && { cooldown: input.DefaultCooldown }),
    ...(types !== undefined && { healthCheckType: types.join(",") }),
    ...(input.HealthCheckGracePeriod !== undefined && { gracePeriod: input.HealthCheckGracePeriod }),
    ...(policies !== undefined && { terminationPolicies: policies.length === 0 ? ["Default"] : policies }),
    ...(input.NewInstancesProtectedFromScaleIn !== undefined && {
      protectNew: input.NewInstancesProtectedFromScaleIn,
    }),
    // AWS: 0 takes it away.
    ...(lifetime !== undefined && { maxLifetime: lifetime }),
    ...(input.Context !== undefined && { context: input.Context }),
    // AWS: -1 takes it away; a member without a value is not kept.
    ...(warmup !== undefined && { warmup: warmup < 0 ? undefined : warmup }),
    ...(input.DeletionProtection !== undefined && { deletionProtection: input.DeletionProtection }),
    ...(input.InstanceMaintenancePolicy !== undefined && { maintenance: input.InstanceMaintenancePolicy }),
  };
}

/** Throws for what would be accepted and then not happen. */
function refuseUnserved(input: GroupSettings, roleArn: string): void {
  if ((input.PlacementGroup ?? "") !== "") throw notServed("PlacementGroup");
  if (input.CapacityRebalance === true)
    throw notServed("CapacityRebalance: there are no Spot Instances here. It");
  if ((input.DesiredCapacityType ?? "units") !== "units")
    throw notServed("A DesiredCapacityType other than units");
  const { CapacityDistributionStrategy = "balanced-best-effort" } = input.AvailabilityZoneDistribution ?? {};
  if (CapacityDistributionStrategy !== "balanced-best-effort") {
    throw notServed("A CapacityDistributionStrategy other than balanced-best-effort");
  }
  if (input.AvailabilityZoneImpairmentPolicy?.ZonalShiftEnabled === true)
    throw notServed("ZonalShiftEnabled");
  const { CapacityReservationPreference = "default" } = input.CapacityReservationSpecification ?? {};
  if (CapacityReservationPreference !== "default" && CapacityReservationPreference !== "none") {
    throw notServed("A Capacity Reservation");
  }
  if (input.InstanceLifecyclePolicy?.RetentionTriggers?.TerminateHookAbandon === "retain") {
    throw notServed("InstanceLifecyclePolicy");
  }
  if ((input.AvailabilityZoneIds ?? []).length > 0) throw notServed("AvailabilityZoneIds");
  if (input.ServiceLinkedRoleARN !== undefined && input.ServiceLinkedRoleARN !== roleArn) {
    throw notServed("A service-linked role with a suffix of its own");
  }
}

/** AWS: how sizes must be to each other. @throws Fault `ValidationError`. */
export function checkSizes({
  min,
  max,
  desired,
}: {
  readonly min: number;
  readonly max: number;
  readonly desired: number;
}): void {
  if (min < 0 || max < 0 || max > mostInstances) {
    throw validation(`Sizes must be between 0 and ${mostInstances}.`);
  }
  if (min > max) {
    throw validation(`Max bound, ${max}, must be greater than or equal to min bound, ${min}`);
  }
  if (desired < min || desired > max) {
    throw validation(
      `Desired capacity:${desired} must be between the specified min size:${min} and max size:${max}`,
    );
  }
}

/** Ours: instances of one group. */
const mostInstances = 1000;
