import {
  type AutoScalingGroup,
  CreateOrUpdateTagsCommand,
  DescribeAutoScalingGroupsCommand,
} from "@aws-sdk/client-auto-scaling";
import type * as ecs from "@aws-sdk/client-ecs";
import type { PrepareContext } from "../../../dispatch/context.ts";
import { parseArn } from "../../../kernel/arn.ts";
import { isFault } from "../../../kernel/fault.ts";
import { clientFault, invalidParameter, noServiceLinkedRole } from "../faults.ts";
import { ecsPrincipal } from "../role.ts";
import type { GroupProviderDocument, ManagedScaling } from "./group-provider.ts";
import { capacitySession } from "./group-provider-job.ts";

/** API Reference, "ManagedScaling". */
const usual: ManagedScaling = {
  enabled: true,
  targetCapacity: 100,
  minStep: 1,
  maxStep: 10_000,
  warmup: 300,
};

/** AWS: the tag by which the role's policy knows the groups that ECS manages. */
const managedTag = "AmazonECSManaged";

/** Reads what a request says of managed scaling. @throws Fault `InvalidParameterException`; texts are ours. */
function readScaling(
  input: ecs.ManagedScaling | undefined,
  before: ManagedScaling | undefined,
): ManagedScaling {
  // AWS: without a word nothing is managed.
  const base = before ?? { ...usual, enabled: input !== undefined };
  if (input === undefined) return base;
  const scaling: ManagedScaling = {
    enabled: input.status === undefined ? base.enabled : input.status === "ENABLED",
    targetCapacity: input.targetCapacity ?? base.targetCapacity,
    minStep: input.minimumScalingStepSize ?? base.minStep,
    maxStep: input.maximumScalingStepSize ?? base.maxStep,
    warmup: input.instanceWarmupPeriod ?? base.warmup,
  };
  if (!(scaling.targetCapacity >= 1 && scaling.targetCapacity <= 100)) {
    throw invalidParameter("targetCapacity must be between 1 and 100.");
  }
  if (!(scaling.minStep >= 1 && scaling.maxStep <= 10_000 && scaling.minStep <= scaling.maxStep)) {
    throw invalidParameter(
      "minimumScalingStepSize and maximumScalingStepSize must be between 1 and 10000, the minimum not above the maximum.",
    );
  }
  if (!(scaling.warmup >= 0 && scaling.warmup <= 10_000)) {
    throw invalidParameter("instanceWarmupPeriod must be between 0 and 10000.");
  }
  return scaling;
}

/** The settings of a provider after a request. */
export function readGroupProvider(
  input: ecs.AutoScalingGroupProvider | ecs.AutoScalingGroupProviderUpdate,
  before: GroupProviderDocument | undefined,
): Pick<GroupProviderDocument, "scaling" | "terminationProtection" | "draining"> {
  const { managedTerminationProtection: protection, managedDraining } = input;
  return {
    scaling: readScaling(input.managedScaling, before?.scaling),
    terminationProtection:
      protection === undefined ? (before?.terminationProtection ?? false) : protection === "ENABLED",
    draining: managedDraining === undefined ? (before?.draining ?? true) : managedDraining === "ENABLED",
  };
}

/**
 * Looks at a group as AWSServiceRoleForECS, and tags it as the caller, who must be allowed to (Developer Guide,
 * "Amazon ECS capacity providers for the EC2 launch type").
 * @throws Fault `ClientException`, `InvalidParameterException`.
 */
export async function admitGroup(
  ctx: PrepareContext,
  named: string,
  { scaling, terminationProtection }: Pick<GroupProviderDocument, "scaling" | "terminationProtection">,
): Promise<string> {
  const group = await groupNamed(ctx, named);
  const name = group?.AutoScalingGroupName;
  if (group === undefined || name === undefined) {
    // Ours.
    throw clientFault("The specified Auto Scaling group does not exist. Specify a valid Auto Scaling group.");
  }
  if (terminationProtection && !scaling.enabled) {
    throw invalidParameter(
      "The managed termination protection setting for the capacity provider is invalid. To enable managed termination protection for a capacity provider, managed scaling must be enabled.",
    );
  }
  if (terminationProtection && group.NewInstancesProtectedFromScaleIn !== true) {
    throw invalidParameter(
      "The managed termination protection setting for the capacity provider is invalid. To enable managed termination protection for a capacity provider, the Auto Scaling group must have instance protection from scale in enabled.",
    );
  }
  if (group.Tags?.some(({ Key }) => Key === managedTag) !== true) {
    const tag = { ResourceId: name, ResourceType: "auto-scaling-group", Key: managedTag, Value: "" };
    await ctx
      .forward(ecsPrincipal)
      .send(new CreateOrUpdateTagsCommand({ Tags: [{ ...tag, PropagateAtLaunch: true }] }));
  }
  return name;
}

/** AWS: a group may be named by its ARN or its name. */
async function groupNamed(ctx: PrepareContext, named: string): Promise<AutoScalingGroup | undefined> {
  const name = parseArn(named)?.resource.split("autoScalingGroupName/")[1] ?? named;
  try {
    const { AutoScalingGroups = [] } = await ctx
      .as({ servicePrincipal: ecsPrincipal, sessionName: capacitySession })
      .send(new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] }));
    const [group] = AutoScalingGroups;
    return named.startsWith("arn:") && group?.AutoScalingGroupARN !== named ? undefined : group;
  } catch (error) {
    if (isFault(error, "AccessDenied", "AccessDeniedException", "NoSuchEntity")) {
      throw noServiceLinkedRole();
    }
    throw error;
  }
}
