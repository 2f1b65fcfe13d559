import type { AnyOperation, WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { uuid } from "../../../kernel/ids.ts";
import { notServed, validation } from "../faults.ts";
import { changeGroup, type Group, type LaunchSource, needGroup, refuseDeleting } from "../groups/group.ts";
import { checkLaunch, namesLaunch, readLaunch } from "../groups/launch-source.ts";
import { isLeaving } from "../instances/instance.ts";
import { type AutoScaling, describing, onGroup, paged } from "../operation.ts";
import { type InstanceRefresh, isUnderWay } from "./refresh.ts";

/** Ours: past refreshes that a group remembers. */
const remembered = 20;

const startInstanceRefresh: WriteOperation<AutoScaling, "StartInstanceRefresh", LaunchSource | undefined> = {
  name: "StartInstanceRefresh",
  authorise: ({ AutoScalingGroupName }, ctx) => onGroup("StartInstanceRefresh", AutoScalingGroupName, ctx),
  async prepare(ctx, input) {
    const group = await needGroup(ctx.rows, ctx, input.AutoScalingGroupName);
    const { Strategy = "Rolling", Preferences = {}, DesiredConfiguration = {} } = input;
    if (Strategy !== "Rolling") throw notServed(`The strategy ${Strategy}`);
    if (Preferences.SkipMatching === true) throw notServed("SkipMatching");
    if (Preferences.AutoRollback === true) throw notServed("AutoRollback");
    if ((Preferences.CheckpointPercentages ?? []).length > 0) throw notServed("CheckpointPercentages");
    if ((Preferences.AlarmSpecification?.Alarms ?? []).length > 0) throw notServed("AlarmSpecification");
    if ((Preferences.BakeTime ?? 0) > 0) throw notServed("BakeTime");
    const { MinHealthyPercentage: least = 90 } = Preferences;
    if (least < 0 || least > 100) throw validation("MinHealthyPercentage must be between 0 and 100.");
    if (!namesLaunch(DesiredConfiguration)) return undefined;
    const launch = await readLaunch(ctx, DesiredConfiguration);
    const { subnets, zones } = group.document;
    await checkLaunch(ctx, launch, { subnet: subnets[0]?.id, zone: zones[0] });
    return launch;
  },
  async commit(tx, ctx, input, launch) {
    const group = await needGroup(tx, ctx, input.AutoScalingGroupName);
    refuseDeleting(group);
    const { document } = group;
    if (document.refreshes.some(isUnderWay)) {
      throw new Fault(
        "InstanceRefreshInProgressFault",
        "An Instance Refresh is already in progress and blocks the execution of this Instance Refresh.",
      );
    }
    const stale = document.instances.filter((one) => !isLeaving(one));
    const refresh: InstanceRefresh = {
      id: uuid(ctx.random),
      status: "Pending",
      startedAt: ctx.now,
      preferences: { MinHealthyPercentage: 90, ...input.Preferences },
      ...(input.DesiredConfiguration !== undefined && { desired: input.DesiredConfiguration }),
      total: stale.length,
    };
    await changeGroup(tx, group, {
      ...(launch !== undefined && { launch }),
      instances: document.instances.map((one) => (isLeaving(one) ? one : { ...one, stale: true })),
      refreshes: [refresh, ...document.refreshes].slice(0, remembered),
    });
    return { InstanceRefreshId: refresh.id };
  },
};

function underWay(group: Group): InstanceRefresh {
  const found = group.document.refreshes.find(isUnderWay);
  if (found !== undefined) return found;
  throw new Fault(
    "ActiveInstanceRefreshNotFoundFault",
    `No in progress or pending Instance Refresh found for Auto Scaling group ${group.name}`,
  );
}

const cancelInstanceRefresh: WriteOperation<AutoScaling, "CancelInstanceRefresh"> = {
  name: "CancelInstanceRefresh",
  authorise: ({ AutoScalingGroupName }, ctx) => onGroup("CancelInstanceRefresh", AutoScalingGroupName, ctx),
  async commit(tx, ctx, { AutoScalingGroupName }) {
    const group = await needGroup(tx, ctx, AutoScalingGroupName);
    const refresh = underWay(group);
    await changeGroup(tx, group, {
      refreshes: group.document.refreshes.map((one) =>
        one === refresh ? { ...one, status: "Cancelling", reason: "Cancelled by user" } : one,
      ),
    });
    return { InstanceRefreshId: refresh.id };
  },
};

const describeInstanceRefreshes = describing("DescribeInstanceRefreshes", async (ctx, input) => {
  const group = await needGroup(ctx.rows, ctx, input.AutoScalingGroupName);
  const { InstanceRefreshIds: ids = [] } = input;
  const wanted = group.document.refreshes.filter(({ id }) => ids.length === 0 || ids.includes(id));
  const { items, NextToken } = paged(wanted, input, ({ id }) => id);
  const left = group.document.instances.filter(({ stale }) => stale === true).length;
  return {
    InstanceRefreshes: items.map((refresh) => {
      const toUpdate = isUnderWay(refresh) ? left : 0;
      const share =
        refresh.total === 0 ? 100 : Math.floor((100 * (refresh.total - toUpdate)) / refresh.total);
      return {
        InstanceRefreshId: refresh.id,
        AutoScalingGroupName: group.name,
        Status: refresh.status,
        ...(refresh.reason !== undefined && { StatusReason: refresh.reason }),
        StartTime: new Date(refresh.startedAt),
        ...(refresh.endedAt !== undefined && { EndTime: new Date(refresh.endedAt) }),
        PercentageComplete: share,
        InstancesToUpdate: toUpdate,
        Preferences: refresh.preferences,
        ...(refresh.desired !== undefined && { DesiredConfiguration: refresh.desired }),
      };
    }),
    NextToken,
  };
});

export const refreshOperations: readonly AnyOperation[] = [
  cancelInstanceRefresh,
  describeInstanceRefreshes,
  startInstanceRefresh,
];
