import type * as ecs from "@aws-sdk/client-ecs";
import { invalidParameter, unsupported } from "../faults.ts";
import type { DeploymentConfiguration } from "./deployment-configuration.ts";

/** API Reference, CreateService, `healthCheckGracePeriodSeconds`: about 69 years. */
const longestGracePeriod = 2_147_483_647;

/** API Reference, CreateService, `clientToken`; the sentence is captured. */
const longestToken = 36;

/** Developer Guide, "Amazon ECS service quotas": tasks per service. */
const mostTasks = 5000;

/** Members that name what Roadstead has not, and what it lacks. */
const lacking: readonly (readonly [
  member: keyof ecs.CreateServiceCommandInput,
  lacks: string,
  asked: (input: Partial<ecs.CreateServiceCommandInput>) => boolean,
])[] = [
  ["volumeConfigurations", "Amazon EBS", ({ volumeConfigurations = [] }) => volumeConfigurations.length > 0],
  [
    "vpcLatticeConfigurations",
    "VPC Lattice",
    ({ vpcLatticeConfigurations = [] }) => vpcLatticeConfigurations.length > 0,
  ],
  ["monitoring", "CloudWatch metrics", ({ monitoring }) => monitoring !== undefined],
];

/** Throws `UnsupportedFeatureException`, naming the member, for what Roadstead has not; the text is ours. */
export function refuseLacking(input: Partial<ecs.CreateServiceCommandInput>): void {
  for (const [member, lacks, asked] of lacking) {
    if (asked(input)) throw unsupported(`Roadstead has no ${lacks}: ${member} is not supported.`);
  }
  // AWS: a role of the customer's own is from before there was a service-linked one.
  if (input.role !== undefined && input.role !== "") {
    throw invalidParameter("You cannot specify an IAM role for services that require a service linked role.");
  }
}

/** Throws `InvalidParameterException`. AWS: up to 255 letters, numbers, underscores and hyphens; the text is ours. */
export function checkServiceName(name: string): void {
  if (/^[A-Za-z0-9_-]{1,255}$/.test(name)) return;
  throw invalidParameter(
    "serviceName can have up to 255 letters (uppercase and lowercase), numbers, underscores, and hyphens.",
  );
}

/** Throws `InvalidParameterException` (captured). */
export function checkToken(token: string | undefined): void {
  if ((token ?? "").length > longestToken) {
    throw invalidParameter(`idempotency token longer than ${longestToken}.`);
  }
}

/**
 * How many tasks a new service wants. Throws `InvalidParameterException`; the sentences are captured, but for the
 * quota's.
 */
export function readDesiredCount(
  desiredCount: number | undefined,
  schedulingStrategy: ecs.SchedulingStrategy,
): number {
  if (schedulingStrategy === "DAEMON") {
    refuseDaemonCount(desiredCount);
    return 0;
  }
  if (desiredCount === undefined) throw invalidParameter("DesiredCount is missing");
  if (desiredCount < 0) throw invalidParameter("DesiredCount can not be lesser than 0");
  checkMost(desiredCount);
  return desiredCount;
}

/** The same of an update, which leaves it as it is when it says nothing. */
export function readTaskCount(desiredCount: number, schedulingStrategy: ecs.SchedulingStrategy): number {
  if (schedulingStrategy === "DAEMON") refuseDaemonCount(desiredCount);
  if (desiredCount < 0) throw invalidParameter("Task count can not be lesser than 0");
  checkMost(desiredCount);
  return desiredCount;
}

function refuseDaemonCount(desiredCount: number | undefined): void {
  if (desiredCount === undefined) return;
  throw invalidParameter(
    "The daemon scheduling strategy does not support a desired count for services. Remove the desired count value and try again",
  );
}

function checkMost(desiredCount: number): void {
  if (desiredCount > mostTasks) throw invalidParameter(`DesiredCount can not be greater than ${mostTasks}`);
}

/** Throws `InvalidParameterException`; the text is ours. */
export function readGracePeriod(seconds: number): number {
  if (Number.isInteger(seconds) && seconds >= 0 && seconds <= longestGracePeriod) return seconds;
  throw invalidParameter(`healthCheckGracePeriodSeconds must be between 0 and ${longestGracePeriod}`);
}

/**
 * Whether a service rebalances over zones: as asked, else as before, else where it can (API Reference, CreateService;
 * Developer Guide, "Balancing an Amazon ECS service across Availability Zones").
 * Throws `InvalidParameterException`; the first sentence is captured, the second is ours.
 */
export function readRebalancing(
  asked: ecs.AvailabilityZoneRebalancing | undefined,
  before: ecs.AvailabilityZoneRebalancing | undefined,
  { maximumPercent }: DeploymentConfiguration,
  schedulingStrategy: ecs.SchedulingStrategy,
  [first]: readonly ecs.PlacementStrategy[],
): ecs.AvailabilityZoneRebalancing {
  const spreads =
    first === undefined || (first.type === "spread" && first.field === "attribute:ecs.availability-zone");
  const replicas = schedulingStrategy === "REPLICA" && spreads;
  const wanted = asked ?? before ?? (replicas && maximumPercent > 100 ? "ENABLED" : "DISABLED");
  if (wanted === "ENABLED" && replicas && maximumPercent <= 100) {
    throw invalidParameter(
      "The service couldn't be updated because Availability Zone Rebalancing does not support maximumPercent <= 100 % as deployment configuration. Update deployment configuration and try again.",
    );
  }
  if (wanted === "ENABLED" && !replicas) {
    throw invalidParameter(
      "Availability Zone Rebalancing needs the REPLICA scheduling strategy and no placement strategy that begins otherwise than by spreading over attribute:ecs.availability-zone.",
    );
  }
  return wanted;
}

/** Gateways shift the traffic of deployments that are ECS's own. The sentence is ours. */
export function checkConnected(
  controller: ecs.DeploymentControllerType,
  gatewayConnectors: readonly ecs.GatewayConnector[] = [],
): void {
  if (controller === "ECS" || gatewayConnectors.length === 0) return;
  throw invalidParameter("gatewayConnectors need the ECS deployment controller.");
}

/** AWS: some settings are not for daemons (captured; the last sentence is ours). */
export function checkDaemon(
  schedulingStrategy: ecs.SchedulingStrategy,
  controller: ecs.DeploymentControllerType,
  launchType: ecs.LaunchType | undefined,
  placementStrategy: readonly ecs.PlacementStrategy[],
): void {
  if (schedulingStrategy !== "DAEMON") return;
  if (launchType === "MANAGED_INSTANCES") {
    // Ours: AWS has daemons of their own for them.
    throw invalidParameter(
      "The daemon scheduling strategy does not support Amazon ECS Managed Instances. Use CreateDaemon instead.",
    );
  }
  if (launchType === "FARGATE") {
    throw invalidParameter(
      "The daemon scheduling strategy does not support the FARGATE launch type. Change the launch type and try again",
    );
  }
  if (controller !== "ECS" || placementStrategy.length > 0) {
    throw invalidParameter(
      "The daemon scheduling strategy needs the ECS deployment controller and no placement strategy.",
    );
  }
}
