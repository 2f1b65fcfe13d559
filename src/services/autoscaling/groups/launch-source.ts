import type * as autoscaling from "@aws-sdk/client-auto-scaling";
import { type _InstanceType, DescribeLaunchTemplatesCommand, RunInstancesCommand } from "@aws-sdk/client-ec2";
import type { PrepareContext } from "../../../dispatch/context.ts";
import { isFault } from "../../../kernel/fault.ts";
import { notServed, validation } from "../faults.ts";
import { findConfiguration, type LaunchConfiguration } from "../launch-configurations/configuration.ts";
import { autoScalingPrincipal, autoScalingSession } from "../principal.ts";
import type { LaunchSource, TemplateVersion } from "./group.ts";

/** What a request says of what instances are launched from. */
export interface LaunchInput {
  readonly LaunchConfigurationName?: string | undefined;
  readonly LaunchTemplate?: autoscaling.LaunchTemplateSpecification | undefined;
  readonly MixedInstancesPolicy?: autoscaling.MixedInstancesPolicy | undefined;
  readonly InstanceId?: string | undefined;
}

/** Whether a request names what instances are launched from. */
export function namesLaunch(input: LaunchInput): boolean {
  const { LaunchConfigurationName, LaunchTemplate, MixedInstancesPolicy, InstanceId } = input;
  return [LaunchConfigurationName, LaunchTemplate, MixedInstancesPolicy, InstanceId].some(
    (one) => one !== undefined,
  );
}

/**
 * Reads what instances are launched from; templates are looked up as the service-linked role.
 * @throws Fault `ValidationError`. Texts are ours where a comment says so.
 */
export async function readLaunch(ctx: PrepareContext, input: LaunchInput): Promise<LaunchSource> {
  const { LaunchConfigurationName: configuration, LaunchTemplate: template, MixedInstancesPolicy } = input;
  if (input.InstanceId !== undefined) throw notServed("InstanceId");
  const given = [configuration, template, MixedInstancesPolicy].filter((one) => one !== undefined);
  if (given.length !== 1) {
    throw validation(
      "Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or MixedInstancesPolicy parameter.",
    );
  }
  if (configuration !== undefined) {
    if ((await findConfiguration(ctx.rows, ctx, configuration)) === undefined) {
      throw validation("Launch configuration name not found - null");
    }
    return { from: "configuration", name: configuration };
  }
  if (template !== undefined) return { from: "template", template: await templateOf(ctx, template) };
  return readMixed(ctx, MixedInstancesPolicy ?? {});
}

async function readMixed(
  ctx: PrepareContext,
  policy: autoscaling.MixedInstancesPolicy,
): Promise<LaunchSource> {
  const { LaunchTemplate, InstancesDistribution: distribution = {} } = policy;
  const { LaunchTemplateSpecification: named, Overrides = [] } = LaunchTemplate ?? {};
  if (named === undefined) {
    throw validation("A MixedInstancesPolicy must have a LaunchTemplate with a LaunchTemplateSpecification.");
  }
  for (const override of Overrides) {
    const { WeightedCapacity, InstanceRequirements, LaunchTemplateSpecification, ImageId } = override;
    if (WeightedCapacity !== undefined && WeightedCapacity !== "1") throw notServed("WeightedCapacity");
    if (InstanceRequirements !== undefined) throw notServed("InstanceRequirements");
    if (LaunchTemplateSpecification !== undefined) throw notServed("A launch template of an override");
    if (ImageId !== undefined) throw notServed("An image of an override");
  }
  if ((distribution.OnDemandPercentageAboveBaseCapacity ?? 100) < 100) {
    throw notServed("An OnDemandPercentageAboveBaseCapacity under 100: there are no Spot Instances here. It");
  }
  if ((distribution.DistributionSegments ?? []).length > 0) throw notServed("DistributionSegments");
  const template = await templateOf(ctx, named);
  const { id: LaunchTemplateId, name: LaunchTemplateName, version: Version } = template;
  return {
    from: "mixed",
    template,
    policy: {
      LaunchTemplate: {
        LaunchTemplateSpecification: { LaunchTemplateId, LaunchTemplateName, Version },
        Overrides,
      },
      InstancesDistribution: {
        OnDemandAllocationStrategy: "prioritized",
        OnDemandBaseCapacity: 0,
        OnDemandPercentageAboveBaseCapacity: 100,
        SpotAllocationStrategy: "lowest-price",
        ...distribution,
      },
    },
  };
}

/** The template that a request names by its id or its name, with the version. */
async function templateOf(
  ctx: PrepareContext,
  named: autoscaling.LaunchTemplateSpecification,
): Promise<TemplateVersion> {
  const { LaunchTemplateId: id, LaunchTemplateName: name, Version = "$Default" } = named;
  if ((id === undefined) === (name === undefined)) {
    throw validation("Valid requests must contain either launchTemplateId or LaunchTemplateName");
  }
  try {
    const { LaunchTemplates = [] } = await ctx
      .as({ servicePrincipal: autoScalingPrincipal, sessionName: autoScalingSession })
      .send(
        new DescribeLaunchTemplatesCommand(
          id === undefined ? { LaunchTemplateNames: [name ?? ""] } : { LaunchTemplateIds: [id] },
        ),
      );
    const [found] = LaunchTemplates;
    return {
      id: found?.LaunchTemplateId ?? id ?? "",
      name: found?.LaunchTemplateName ?? name ?? "",
      version: Version,
    };
  } catch (error) {
    if (!isFault(error) || !error.code.startsWith("InvalidLaunchTemplate")) throw error;
    throw validation(
      "You must use a valid fully-formed launch template. The specified launch template does not exist.",
    );
  }
}

/**
 * Has EC2 say whether the caller may launch such instances, and whether it can be done: a group is no way around
 * `ec2:RunInstances` and `iam:PassRole` ("Control Amazon EC2 launch template usage in Auto Scaling groups", User Guide).
 * @throws Fault `ValidationError`, with what EC2 said.
 */
export async function checkLaunch(
  ctx: PrepareContext,
  launch: LaunchSource,
  place: { readonly zone?: string | undefined; readonly subnet?: string | undefined },
): Promise<void> {
  const configuration =
    launch.from === "configuration" ? await findConfiguration(ctx.rows, ctx, launch.name) : undefined;
  try {
    await ctx.forward(autoScalingPrincipal).send(
      new RunInstancesCommand({
        DryRun: true,
        MinCount: 1,
        MaxCount: 1,
        ...(place.subnet !== undefined && { SubnetId: place.subnet }),
        ...(place.subnet === undefined &&
          place.zone !== undefined && { Placement: { AvailabilityZone: place.zone } }),
        ...launchParameters(launch, configuration),
      }),
    );
  } catch (error) {
    if (!isFault(error)) throw error;
    if (error.code === "DryRunOperation") return;
    if (error.code === "InternalFailure") throw error;
    const denied = error.code === "AccessDenied" || error.code === "UnauthorizedOperation";
    throw validation(
      denied && launch.from !== "configuration"
        ? `You are not authorized to use launch template: ${launch.template.id}`
        : `You must use a valid fully-formed launch template. ${error.message}`,
    );
  }
}

/** What RunInstances is given of what instances are launched from. */
export function launchParameters(
  launch: LaunchSource,
  configuration: LaunchConfiguration | undefined,
): Partial<RunInstancesCommand["input"]> {
  if (launch.from === "configuration") {
    if (configuration === undefined) throw validation("Launch configuration name not found - null");
    const { image, type, groups, profile, userData } = configuration.document;
    return {
      ImageId: image,
      InstanceType: type as _InstanceType,
      ...(groups.length > 0 && { SecurityGroupIds: [...groups] }),
      ...(profile !== undefined && {
        IamInstanceProfile: profile.startsWith("arn:") ? { Arn: profile } : { Name: profile },
      }),
      ...(userData !== undefined && { UserData: userData }),
    };
  }
  const { id, version } = launch.template;
  const [first] = launch.from === "mixed" ? (launch.policy.LaunchTemplate?.Overrides ?? []) : [];
  return {
    LaunchTemplate: { LaunchTemplateId: id, Version: version },
    ...(first?.InstanceType !== undefined && { InstanceType: first.InstanceType as _InstanceType }),
  };
}
