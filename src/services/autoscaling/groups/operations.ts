import type { AnyOperation, InputOf, WriteOperation } from "../../../dispatch/operation.ts";
import { uuid } from "../../../kernel/ids.ts";
import { groupArn } from "../arn.ts";
import {
  groupExists,
  groupInUse,
  limitExceeded,
  notServed,
  scalingInProgress,
  validation,
} from "../faults.ts";
import { isLeaving } from "../instances/instance.ts";
import { readHook } from "../lifecycle-hooks/operations.ts";
import { type AutoScaling, describing, onGroup, paged } from "../operation.ts";
import { deletePolicyAlarms } from "../policies/operations.ts";
import { mergeGroupTags, tagContext } from "../tags/tags.ts";
import { trafficOf } from "../traffic/traffic.ts";
import { intentOf, withinBounds } from "./capacity.ts";
import { wireGroup } from "./describe.ts";
import {
  changeGroup,
  deleteGroupRow,
  findGroup,
  type Group,
  type GroupDocument,
  insertGroup,
  type LaunchSource,
  listGroups,
  needGroup,
  refuseDeleting,
} from "./group.ts";
import { checkLaunch, namesLaunch, readLaunch } from "./launch-source.ts";
import { admitTargetGroups, readNetwork } from "./network.ts";
import { checkSizes, readSettings } from "./request.ts";
import { needRole, prepareRole, roleArn } from "./role.ts";

/** AWS General Reference, "Amazon EC2 Auto Scaling endpoints and quotas": groups of a region. */
export const mostGroups = 500;

type CreateInput = InputOf<AutoScaling, "CreateAutoScalingGroup">;

/** What other services were asked about. */
interface Prepared {
  readonly launch?: LaunchSource;
  readonly network?: Pick<GroupDocument, "subnets" | "zones">;
}

/** What a group's settings give to the decision about the call that makes or changes it. */
function settingsContext(
  input: Partial<CreateInput>,
): Readonly<Record<string, string | readonly string[] | undefined>> {
  const template =
    input.LaunchTemplate ?? input.MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification;
  const types = input.MixedInstancesPolicy?.LaunchTemplate?.Overrides?.flatMap(({ InstanceType }) =>
    InstanceType === undefined ? [] : [InstanceType],
  );
  const target = input.CapacityReservationSpecification?.CapacityReservationTarget;
  return {
    "autoscaling:LaunchConfigurationName": input.LaunchConfigurationName,
    "autoscaling:LaunchTemplateVersionSpecified":
      template === undefined ? undefined : `${template.Version !== undefined}`,
    "autoscaling:InstanceTypes": types === undefined || types.length === 0 ? undefined : types,
    "autoscaling:MinSize": input.MinSize?.toString(),
    "autoscaling:MaxSize": input.MaxSize?.toString(),
    "autoscaling:VPCZoneIdentifiers": input.VPCZoneIdentifier?.split(",").map((id) => id.trim()),
    "autoscaling:CapacityReservationIds": target?.CapacityReservationIds,
    "autoscaling:CapacityReservationResourceGroupArns": target?.CapacityReservationResourceGroupArns,
  };
}

const createAutoScalingGroup: WriteOperation<AutoScaling, "CreateAutoScalingGroup", Prepared> = {
  name: "CreateAutoScalingGroup",
  authorise: (input, ctx) => {
    const name = input.AutoScalingGroupName ?? "";
    const resource = groupArn({ account: ctx.account, region: ctx.region, name }, "*");
    return [
      {
        action: "autoscaling:CreateAutoScalingGroup",
        resource,
        context: {
          ...settingsContext(input),
          ...tagContext(input.Tags),
          "autoscaling:LoadBalancerNames": input.LoadBalancerNames,
          "autoscaling:TargetGroupARNs": input.TargetGroupARNs,
          "autoscaling:TrafficSourceIdentifiers": input.TrafficSources?.map(
            ({ Identifier = "" }) => Identifier,
          ),
          "autoscaling:OperatorPrincipal": input.Operator?.Principal,
        },
      },
      // AWS: whoever tags what it makes needs the permission to tag as well.
      ...((input.Tags ?? []).length === 0
        ? []
        : [{ action: "autoscaling:CreateOrUpdateTags", resource, context: tagContext(input.Tags) }]),
    ];
  },
  async prepare(ctx, input) {
    if ((input.LoadBalancerNames ?? []).length > 0) throw notServed("LoadBalancerNames");
    if (input.Operator !== undefined) throw notServed("Operator");
    readSettings(input, roleArn(ctx.account));
    await prepareRole(ctx);
    const network = await readNetwork(ctx, input.VPCZoneIdentifier, input.AvailabilityZones);
    const launch = await readLaunch(ctx, input);
    await checkLaunch(ctx, launch, { subnet: network.subnets[0]?.id, zone: network.zones[0] });
    await admitTargetGroups(ctx, targetGroupsOf(input));
    return { launch, network };
  },
  async commit(tx, ctx, input, { launch, network }) {
    const key = { account: ctx.account, region: ctx.region, name: input.AutoScalingGroupName ?? "" };
    if (launch === undefined || network === undefined) throw new Error("a group was not prepared");
    if (/[:/]/.test(key.name)) {
      throw validation("Group name must not contain the characters : and /");
    }
    await needRole(tx, ctx.account);
    if ((await findGroup(tx, key)) !== undefined) throw groupExists();
    if ((await listGroups(tx, key)).length >= mostGroups) {
      throw limitExceeded(`You have already used up your quota of ${mostGroups} Auto Scaling groups.`);
    }
    const { MinSize: min = 0, MaxSize: max = 0 } = input;
    const desired = input.DesiredCapacity ?? min;
    checkSizes({ min, max, desired });
    await insertGroup(tx, {
      ...key,
      id: uuid(ctx.random),
      createdAt: ctx.now,
      document: {
        ...{ launch, min, max, desired, ...network },
        cooldown: 300,
        targetGroups: targetGroupsOf(input),
        healthCheckType: "EC2",
        gracePeriod: 0,
        terminationPolicies: ["Default"],
        protectNew: false,
        ...readSettings(input, roleArn(ctx.account)),
        roleArn: roleArn(ctx.account),
        tags: mergeGroupTags([], input.Tags ?? []),
        suspended: {},
        metrics: [],
        instances: [],
        hooks: (input.LifecycleHookSpecificationList ?? []).map((hook) => readHook(hook, undefined)),
        policies: [],
        actions: [],
        refreshes: [],
        ...intentOf(ctx.now, "a user request created an AutoScalingGroup", 0, desired),
      },
    });
    await tx.bumpEpoch(ctx.account);
    return {};
  },
};

function targetGroupsOf(input: CreateInput): readonly string[] {
  return [...new Set([...(input.TargetGroupARNs ?? []), ...trafficOf(input.TrafficSources ?? [])])];
}

const updateAutoScalingGroup: WriteOperation<AutoScaling, "UpdateAutoScalingGroup", Prepared> = {
  name: "UpdateAutoScalingGroup",
  authorise: (input, ctx) =>
    onGroup("UpdateAutoScalingGroup", input.AutoScalingGroupName, ctx, settingsContext(input)),
  async prepare(ctx, input) {
    const group = await needGroup(ctx.rows, ctx, input.AutoScalingGroupName);
    readSettings(input, group.document.roleArn);
    const moved = input.VPCZoneIdentifier !== undefined || input.AvailabilityZones !== undefined;
    const network = moved
      ? await readNetwork(ctx, input.VPCZoneIdentifier, input.AvailabilityZones)
      : undefined;
    const launch = namesLaunch(input) ? await readLaunch(ctx, input) : undefined;
    const { subnets, zones } = network ?? group.document;
    if (launch !== undefined) await checkLaunch(ctx, launch, { subnet: subnets[0]?.id, zone: zones[0] });
    return { ...(network !== undefined && { network }), ...(launch !== undefined && { launch }) };
  },
  async commit(tx, ctx, input, { launch, network }) {
    const group = await needGroup(tx, ctx, input.AutoScalingGroupName);
    refuseDeleting(group);
    const { document } = group;
    const { MinSize: min = document.min, MaxSize: max = document.max } = input;
    // AWS: a desired capacity that was not sent follows the new bounds.
    const desired = input.DesiredCapacity ?? withinBounds({ ...document, min, max }).desired;
    checkSizes({ min, max, desired });
    await changeGroup(tx, group, {
      ...readSettings(input, document.roleArn),
      ...(launch !== undefined && { launch }),
      ...network,
      ...{ min, max, desired },
      ...intentOf(
        ctx.now,
        `a user request update of AutoScalingGroup constraints to min: ${min}, max: ${max}, desired: ${desired}`,
        document.desired,
        desired,
      ),
    });
    return {};
  },
};

const deleteAutoScalingGroup: WriteOperation<AutoScaling, "DeleteAutoScalingGroup"> = {
  name: "DeleteAutoScalingGroup",
  authorise: ({ AutoScalingGroupName }, ctx) => onGroup("DeleteAutoScalingGroup", AutoScalingGroupName, ctx),
  async prepare(ctx, { AutoScalingGroupName, ForceDelete = false }) {
    const group = await needGroup(ctx.rows, ctx, AutoScalingGroupName);
    refuseDeletion(group, ForceDelete);
    await deletePolicyAlarms(ctx, group);
    return undefined;
  },
  async commit(tx, ctx, { AutoScalingGroupName, ForceDelete = false }) {
    const group = await needGroup(tx, ctx, AutoScalingGroupName);
    refuseDeletion(group, ForceDelete);
    if (group.document.instances.length === 0) await deleteGroupRow(tx, group);
    else await changeGroup(tx, group, { ...{ min: 0, max: 0, desired: 0 }, deleting: true });
    return {};
  },
};

/** @throws Fault `ResourceInUse`, `ScalingActivityInProgress`, `ValidationError` when a group may not be deleted. */
function refuseDeletion(
  { document: { instances, deletionProtection = "none" } }: Group,
  force: boolean,
): void {
  if (
    deletionProtection === "prevent-all-deletion" ||
    (deletionProtection === "prevent-force-deletion" && force)
  ) {
    // The words are ours.
    throw validation(`The group is protected from deletion: ${deletionProtection}.`);
  }
  if (instances.length === 0 || force) return;
  if (!instances.every(isLeaving)) throw groupInUse();
  throw scalingInProgress(
    "You cannot delete an AutoScalingGroup while there are scaling activities in progress for that group.",
  );
}

const describeAutoScalingGroups = describing("DescribeAutoScalingGroups", async (ctx, input) => {
  const { AutoScalingGroupNames: names = [], Filters = [], IncludeInstances = true } = input;
  const all = await listGroups(ctx.rows, ctx);
  const named = names.length === 0 ? all : all.filter(({ name }) => names.includes(name));
  const wanted = named.filter(({ document: { tags } }) =>
    Filters.every(({ Name = "", Values = [] }) => {
      if (Name === "tag-key") return tags.some(({ key }) => Values.includes(key));
      if (Name === "tag-value") return tags.some(({ value }) => Values.includes(value));
      if (Name.startsWith("tag:")) {
        return tags.some(({ key, value }) => key === Name.slice(4) && Values.includes(value));
      }
      throw validation(`Invalid filter name: ${Name.slice(0, 128)}`);
    }),
  );
  const { items, NextToken } = paged(wanted, input, ({ name }) => name);
  return { AutoScalingGroups: items.map((group) => wireGroup(group, IncludeInstances)), NextToken };
});

export const groupOperations: readonly AnyOperation[] = [
  createAutoScalingGroup,
  deleteAutoScalingGroup,
  describeAutoScalingGroups,
  updateAutoScalingGroup,
];
