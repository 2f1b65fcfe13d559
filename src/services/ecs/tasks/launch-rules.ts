import type * as ecs from "@aws-sdk/client-ecs";
import { Fault } from "../../../kernel/fault.ts";
import { invalidParameter } from "../faults.ts";
import type { TaskDefinition } from "../task-definitions/task-definition.ts";
import type { Capacity } from "./capacity.ts";
import { launchTypeOfCapacity, onFargate } from "./capacity.ts";

/** How tasks of a definition shall be launched, as RunTask, StartTask and CreateService ask for it. */
export interface LaunchWish {
  readonly capacity: Capacity;
  readonly platformVersion?: string | undefined;
  readonly networkConfiguration?: ecs.NetworkConfiguration | undefined;
  readonly placementConstraints?: readonly ecs.PlacementConstraint[] | undefined;
  readonly placementStrategy?: readonly ecs.PlacementStrategy[] | undefined;
}

/** Developer Guide, "Fargate platform versions for Linux". */
const platformVersions: ReadonlySet<string> = new Set(["LATEST", "1.4.0", "1.3.0"]);

/** API Reference, "AwsVpcConfiguration". */
const mostSubnets = 16;
const mostSecurityGroups = 5;

/** Developer Guide, "Amazon ECS service quotas". */
const mostConstraints = 10;
const mostStrategies = 5;

/**
 * Checks a launch against its definition.
 * Throws `InvalidParameterException`, `PlatformUnknownException`. Texts are AWS's as users have met them, unless they
 * are marked as ours.
 */
export function checkLaunch({ definition }: TaskDefinition, wish: LaunchWish): void {
  const fargate = onFargate(wish.capacity);
  const managed = launchTypeOfCapacity(wish.capacity) === "MANAGED_INSTANCES";
  const { launchType } = wish.capacity;
  if (fargate && !definition.compatibilities.includes("FARGATE")) {
    throw invalidParameter("Task definition does not support launch_type FARGATE.");
  }
  if (launchType === "MANAGED_INSTANCES") {
    // API Reference, RunTask, `launchType`; the sentence is ours.
    throw invalidParameter(
      "To use Amazon ECS Managed Instances, specify a capacity provider strategy in place of the launch type.",
    );
  }
  if (managed && !definition.compatibilities.includes("MANAGED_INSTANCES")) {
    throw invalidParameter("Task definition does not support launch_type MANAGED_INSTANCES.");
  }
  if (launchType === "EXTERNAL" && !definition.compatibilities.includes("EXTERNAL")) {
    throw invalidParameter("Task definition does not support launch_type EXTERNAL.");
  }
  checkPlatform(wish, fargate);
  if (managed && (wish.placementStrategy ?? []).length > 0) {
    throw invalidParameter("Placement strategies are not supported with MANAGED_INSTANCES launch type.");
  }
  checkPlacement(wish, fargate, definition.placementConstraints ?? []);
  checkNetwork(wish, fargate, definition.networkMode ?? "bridge");
}

function checkPlatform({ platformVersion }: LaunchWish, fargate: boolean): void {
  if (platformVersion === undefined || platformVersion === "") return;
  if (!fargate) {
    throw invalidParameter("The platform version must be null when specifying an EC2 launch type.");
  }
  if (!platformVersions.has(platformVersion)) {
    throw new Fault("PlatformUnknownException", "The specified platform version does not exist.");
  }
}

function checkPlacement(
  { placementConstraints = [], placementStrategy = [] }: LaunchWish,
  fargate: boolean,
  ofDefinition: readonly ecs.TaskDefinitionPlacementConstraint[],
): void {
  if (fargate && placementConstraints.length > 0) {
    throw invalidParameter("Placement constraints are not supported with FARGATE launch type.");
  }
  if (fargate && placementStrategy.length > 0) {
    throw invalidParameter("Placement strategies are not supported with FARGATE launch type.");
  }
  // Ours.
  if (placementConstraints.length + ofDefinition.length > mostConstraints) {
    throw invalidParameter(`A task can have at most ${mostConstraints} placement constraints.`);
  }
  if (placementStrategy.length > mostStrategies) {
    throw invalidParameter(`A task can have at most ${mostStrategies} placement strategies.`);
  }
}

function checkNetwork(
  { networkConfiguration }: LaunchWish,
  fargate: boolean,
  networkMode: ecs.NetworkMode,
): void {
  const network = networkConfiguration?.awsvpcConfiguration;
  if (networkMode !== "awsvpc") {
    if (network === undefined) return;
    throw invalidParameter(
      "Network Configuration is not valid for the given networkMode of this task definition.",
    );
  }
  if (network === undefined) {
    throw invalidParameter("Network Configuration must be provided when networkMode 'awsvpc' is specified.");
  }
  const { subnets = [], securityGroups = [], assignPublicIp } = network;
  if (subnets.length === 0) throw invalidParameter("subnets can not be empty.");
  // Ours.
  if (subnets.length > mostSubnets) {
    throw invalidParameter(`subnets can have at most ${mostSubnets} items.`);
  }
  if (securityGroups.length > mostSecurityGroups) {
    throw invalidParameter(`securityGroups can have at most ${mostSecurityGroups} items.`);
  }
  if (assignPublicIp === "ENABLED" && !fargate) {
    throw invalidParameter("Assign public IP is not supported for this launch type.");
  }
}
