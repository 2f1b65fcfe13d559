import type * as ecs from "@aws-sdk/client-ecs";
import type { Arn } from "../../../kernel/brand.ts";
import type { Fault } from "../../../kernel/fault.ts";
import { invalidParameter, unsupported } from "../faults.ts";
import type { ProviderDocument } from "./managed-provider.ts";

/** API Reference, "InfrastructureOptimization": seconds. */
const longestIdle = 3600;
/** API Reference, "AwsVpcConfiguration"; ours for instances. */
const mostSubnets = 16;
const mostSecurityGroups = 5;
/** EC2 API Reference, "InstanceRequirements": entries of `allowedInstanceTypes` and of `excludedInstanceTypes`. */
const mostTypes = 400;

type Configuration = Pick<
  ProviderDocument,
  "infrastructureRoleArn" | "launchTemplate" | "propagateTags" | "scaleInAfter" | "autoRepair"
>;

/** Texts of what a provider lacks follow the Developer Guide's "Amazon ECS Managed Instances errors"; the rest is ours. */
const lacks = (what: string): Fault =>
  invalidParameter(`An Amazon ECS Managed Instances capacity provider must specify ${what}.`);

/** What a new provider shall be. Throws `InvalidParameterException`, `UnsupportedFeatureException`. */
export function readManagedProvider(
  account: string,
  sent: ecs.CreateManagedInstancesProviderConfiguration,
): Configuration {
  const { infrastructureOptimization: optimization, autoRepairConfiguration: repair } = sent;
  const scaleInAfter = readScaleIn(optimization);
  return {
    infrastructureRoleArn: readRole(account, sent.infrastructureRoleArn),
    launchTemplate: readTemplate(account, sent.instanceLaunchTemplate),
    propagateTags: sent.propagateTags ?? "NONE",
    ...(scaleInAfter !== undefined && { scaleInAfter }),
    autoRepair: repair?.actionsStatus ?? "ENABLED",
  };
}

/** What a provider shall be after an update, which leaves as it is what it does not name. Throws as above. */
export function mergeManagedProvider(
  account: string,
  before: Configuration,
  sent: ecs.UpdateManagedInstancesProviderConfiguration,
): Configuration {
  const { infrastructureOptimization: optimization, autoRepairConfiguration: repair } = sent;
  const scaleInAfter = optimization === undefined ? before.scaleInAfter : readScaleIn(optimization);
  return {
    infrastructureRoleArn: readRole(account, sent.infrastructureRoleArn ?? before.infrastructureRoleArn),
    launchTemplate: readTemplate(account, {
      ...before.launchTemplate,
      ...given(sent.instanceLaunchTemplate),
    }),
    propagateTags: sent.propagateTags ?? before.propagateTags,
    ...(scaleInAfter !== undefined && { scaleInAfter }),
    autoRepair: repair?.actionsStatus ?? before.autoRepair,
  };
}

/** The members of an update that have a value. */
function given<T extends object>(value: T | undefined): Partial<T> {
  const members = Object.entries(value ?? {}).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members) as Partial<T>;
}

function readRole(account: string, named: string | undefined): Arn {
  const [, owner] = /^arn:aws[\w-]*:iam::(\d{12}):role\/[\w+=,.@/-]{1,512}$/.exec(named ?? "") ?? [];
  if (owner === undefined) throw lacks("the ARN of an infrastructure role");
  if (owner !== account) throw invalidParameter("Cross-account pass role is not allowed.");
  return named as Arn;
}

function readScaleIn(optimization: ecs.InfrastructureOptimization | undefined): number | undefined {
  const seconds = optimization?.scaleInAfter;
  if (seconds === undefined || seconds === null) return undefined;
  if (!(Number.isInteger(seconds) && seconds >= -1 && seconds <= longestIdle)) {
    throw invalidParameter(
      `infrastructureOptimization.scaleInAfter must be -1, or between 0 and ${longestIdle}.`,
    );
  }
  return seconds;
}

function readTemplate(
  account: string,
  template: ecs.InstanceLaunchTemplate | undefined,
): ecs.InstanceLaunchTemplate {
  if (template === undefined) throw lacks("an instance launch template");
  const profile = template.ec2InstanceProfileArn ?? "";
  if (profile === "") throw lacks("an instance profile");
  if (!new RegExp(`^arn:aws[\\w-]*:iam::${account}:instance-profile/[\\w+=,.@/-]{1,512}$`).test(profile)) {
    throw invalidParameter("instanceLaunchTemplate.ec2InstanceProfileArn is not valid.");
  }
  const { subnets = [], securityGroups = [] } = template.networkConfiguration ?? {};
  if (subnets.length === 0) throw lacks("at least one subnet");
  if (subnets.length > mostSubnets) throw invalidParameter(`subnets can have at most ${mostSubnets} items.`);
  if (securityGroups.length > mostSecurityGroups) {
    throw invalidParameter(`securityGroups can have at most ${mostSecurityGroups} items.`);
  }
  if (template.capacityOptionType === "RESERVED" || template.capacityReservations !== undefined) {
    throw unsupported("Roadstead has no Capacity Reservations: capacityReservations is not supported.");
  }
  if (template.fipsEnabled === true) {
    throw unsupported("The engine of this machine is no FIPS module: fipsEnabled is not supported.");
  }
  const size = template.storageConfiguration?.storageSizeGiB;
  if (size !== undefined && !(Number.isInteger(size) && size >= 1)) {
    throw invalidParameter("storageConfiguration.storageSizeGiB must be at least 1.");
  }
  checkRequirements(template.instanceRequirements);
  return { ...template, capacityOptionType: template.capacityOptionType ?? "ON_DEMAND" };
}

function checkRequirements(requirements: ecs.InstanceRequirementsRequest | undefined): void {
  if (requirements === undefined) return;
  const { vCpuCount, memoryMiB, allowedInstanceTypes = [], excludedInstanceTypes = [] } = requirements;
  checkRange("vCpuCount", vCpuCount);
  checkRange("memoryMiB", memoryMiB);
  checkRange("memoryGiBPerVCpu", requirements.memoryGiBPerVCpu);
  if (allowedInstanceTypes.length > 0 && excludedInstanceTypes.length > 0) {
    throw invalidParameter(
      "instanceRequirements can have allowedInstanceTypes or excludedInstanceTypes, but not both.",
    );
  }
  for (const names of [allowedInstanceTypes, excludedInstanceTypes]) {
    if (names.length > mostTypes) {
      throw invalidParameter(`instanceRequirements can name at most ${mostTypes} instance types.`);
    }
    const wrong = names.find((name) => !/^[a-zA-Z0-9.*-]{1,30}$/.test(name));
    if (wrong !== undefined)
      throw invalidParameter(`The instance type '${wrong.slice(0, 64)}' is not valid.`);
  }
}

function checkRange(
  member: string,
  range: { readonly min?: number | undefined; readonly max?: number | undefined } | undefined,
): void {
  const { min = 0, max = Number.POSITIVE_INFINITY } = range ?? {};
  if (min < 0 || max < min) {
    throw invalidParameter(`instanceRequirements.${member} must have a min that is not above its max.`);
  }
}
