import type { AuthoriseContext, CallContext } from "../../../dispatch/context.ts";
import type { AnyOperation, Authorisation, WriteOperation } from "../../../dispatch/operation.ts";
import { uuid } from "../../../kernel/ids.ts";
import type { Tx } from "../../../store/types.ts";
import { type Activity, causeTime, keepActivity, wireActivity } from "../activities/activity.ts";
import { groupArn } from "../arn.ts";
import { scalingInProgress, validation } from "../faults.ts";
import { intentOf } from "../groups/capacity.ts";
import { wireInstance } from "../groups/describe.ts";
import { changeGroup, type Group, listGroups, needGroup, refuseDeleting } from "../groups/group.ts";
import { checkSizes } from "../groups/request.ts";
import { type AutoScaling, describing, onGroup, paged } from "../operation.ts";
import { type GroupInstance, instancesOf, isLeaving, needInstance, withChanged } from "./instance.ts";

const setDesiredCapacity: WriteOperation<AutoScaling, "SetDesiredCapacity"> = {
  name: "SetDesiredCapacity",
  authorise: ({ AutoScalingGroupName }, ctx) => onGroup("SetDesiredCapacity", AutoScalingGroupName, ctx),
  async commit(tx, ctx, { AutoScalingGroupName, DesiredCapacity: desired = 0, HonorCooldown = false }) {
    const group = await needGroup(tx, ctx, AutoScalingGroupName);
    refuseDeleting(group);
    const { document } = group;
    if (desired > document.max) {
      throw validation(
        `New SetDesiredCapacity value ${desired} is above max value ${document.max} for the AutoScalingGroup.`,
      );
    }
    if (desired < document.min) {
      throw validation(
        `New SetDesiredCapacity value ${desired} is below min value ${document.min} for the AutoScalingGroup.`,
      );
    }
    refuseCooldown(group, HonorCooldown, ctx.now);
    await changeGroup(tx, group, {
      desired,
      ...intentOf(ctx.now, "a user request explicitly set group desired capacity", document.desired, desired),
    });
    return {};
  },
};

/** @throws Fault `ScalingActivityInProgress` while a cooldown that the caller honours is not over. */
export function refuseCooldown({ name, document }: Group, honoured: boolean, now: number): void {
  const busy = document.instances.some(({ activity }) => activity !== undefined);
  if (honoured && (busy || now < (document.cooldownUntil ?? 0))) {
    throw scalingInProgress(`Scaling activity is in progress for AutoScalingGroup ${name}.`);
  }
}

/** Asks for an action on the group that has an instance; on any group when none has. */
async function onGroupOf(
  action: string,
  id: string,
  ctx: AuthoriseContext,
): Promise<readonly Authorisation[]> {
  const group = (await listGroups(ctx.rows, ctx)).find(({ document }) =>
    document.instances.some((one) => one.id === id),
  );
  const resource = group?.arn ?? groupArn({ account: ctx.account, region: ctx.region, name: "*" }, "*");
  return [{ action: `autoscaling:${action}`, resource }];
}

const terminateInstance: WriteOperation<AutoScaling, "TerminateInstanceInAutoScalingGroup"> = {
  name: "TerminateInstanceInAutoScalingGroup",
  authorise: ({ InstanceId = "" }, ctx) => onGroupOf("TerminateInstanceInAutoScalingGroup", InstanceId, ctx),
  async commit(tx, ctx, { InstanceId = "", ShouldDecrementDesiredCapacity: decrement = false }) {
    const { group, instance } = await needInstance(tx, ctx, InstanceId);
    const { desired, min } = group.document;
    if (isLeaving(instance)) {
      throw scalingInProgress(`Scaling activity is in progress for instance ${InstanceId}.`);
    }
    if (decrement && desired - 1 < min) {
      throw validation(
        `Currently, desiredSize equals minSize (${min}). Terminating instance without replacement will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.`,
      );
    }
    const change = decrement ? `, shrinking the capacity from ${desired} to ${desired - 1}` : "";
    const cause = `At ${causeTime(ctx.now)} instance ${InstanceId} was taken out of service in response to a user request${change}.`;
    const activity = await begin(tx, ctx, group, instance, `Terminating EC2 instance: ${InstanceId}`, cause);
    await changeGroup(tx, group, {
      desired: decrement ? desired - 1 : desired,
      instances: withChanged(group, new Set([instance.key]), (one) => ({
        ...one,
        state: "Terminating",
        activity: activity.id,
      })),
    });
    return { Activity: wireActivity(activity) };
  },
};

/** Writes an activity that a user has begun. @param done whether it is over at once. */
async function begin(
  tx: Tx,
  ctx: CallContext,
  group: Group,
  { zone, subnet }: GroupInstance,
  description: string,
  cause: string,
  done?: "done",
): Promise<Activity> {
  const activity: Activity = {
    id: uuid(ctx.random),
    groupName: group.name,
    groupArn: group.arn,
    startedAt: ctx.now,
    document: {
      ...{ description, cause, zone },
      ...(subnet !== undefined && { subnet }),
      ...(done === undefined
        ? { status: "InProgress", progress: 0 }
        : { status: "Successful", progress: 100, endedAt: ctx.now }),
    },
  };
  await keepActivity(tx, group, activity);
  return activity;
}

const setInstanceProtection: WriteOperation<AutoScaling, "SetInstanceProtection"> = {
  name: "SetInstanceProtection",
  authorise: ({ AutoScalingGroupName }, ctx) => onGroup("SetInstanceProtection", AutoScalingGroupName, ctx),
  async commit(tx, ctx, { AutoScalingGroupName, InstanceIds = [], ProtectedFromScaleIn = false }) {
    const group = await needGroup(tx, ctx, AutoScalingGroupName);
    const wanted = instancesOf(group, InstanceIds);
    const leaving = wanted.find(isLeaving);
    if (leaving !== undefined) {
      throw validation(`The instance ${leaving.id} is not in InService or EnteringStandby or Standby.`);
    }
    await changeGroup(tx, group, {
      instances: withChanged(group, new Set(wanted.map(({ key }) => key)), (one) => ({
        ...one,
        protected: ProtectedFromScaleIn,
      })),
    });
    return {};
  },
};

const setInstanceHealth: WriteOperation<AutoScaling, "SetInstanceHealth"> = {
  name: "SetInstanceHealth",
  authorise: ({ InstanceId = "" }, ctx) => onGroupOf("SetInstanceHealth", InstanceId, ctx),
  async commit(tx, ctx, { InstanceId = "", HealthStatus, ShouldRespectGracePeriod = true }) {
    const { group, instance } = await needInstance(tx, ctx, InstanceId);
    if (HealthStatus !== "Healthy" && HealthStatus !== "Unhealthy") {
      throw validation("Health status must be Healthy or Unhealthy.");
    }
    const graceUntil = (instance.inServiceAt ?? ctx.now) + group.document.gracePeriod * 1000;
    // AWS: within the grace period the call has no effect unless it says so.
    if (HealthStatus === "Unhealthy" && ShouldRespectGracePeriod && ctx.now < graceUntil) return {};
    await changeGroup(tx, group, {
      instances: withChanged(group, new Set([instance.key]), (one) => ({ ...one, health: HealthStatus })),
    });
    return {};
  },
};

const enterStandby: WriteOperation<AutoScaling, "EnterStandby"> = {
  name: "EnterStandby",
  authorise: ({ AutoScalingGroupName }, ctx) => onGroup("EnterStandby", AutoScalingGroupName, ctx),
  async commit(tx, ctx, { AutoScalingGroupName, InstanceIds = [], ShouldDecrementDesiredCapacity = false }) {
    const group = await needGroup(tx, ctx, AutoScalingGroupName);
    const wanted = inService(instancesOf(group, InstanceIds));
    const { desired, min } = group.document;
    const left = ShouldDecrementDesiredCapacity ? desired - wanted.length : desired;
    refuseBelowMin(group, left, min);
    const activities: Activity[] = [];
    for (const one of wanted) {
      const at = causeTime(ctx.now);
      const change = ShouldDecrementDesiredCapacity
        ? `, shrinking the capacity from ${desired} to ${left}`
        : "";
      const cause = `At ${at} instance ${one.id} was moved to standby in response to a user request${change}.`;
      activities.push(
        await begin(tx, ctx, group, one, `Moving EC2 instance to Standby: ${one.id}`, cause, "done"),
      );
    }
    await changeGroup(tx, group, {
      desired: left,
      instances: withChanged(group, keysOf(wanted), (one) => ({ ...one, state: "EnteringStandby" })),
    });
    return { Activities: activities.map((one) => wireActivity(one)) };
  },
};

const exitStandby: WriteOperation<AutoScaling, "ExitStandby"> = {
  name: "ExitStandby",
  authorise: ({ AutoScalingGroupName }, ctx) => onGroup("ExitStandby", AutoScalingGroupName, ctx),
  async commit(tx, ctx, { AutoScalingGroupName, InstanceIds = [] }) {
    const group = await needGroup(tx, ctx, AutoScalingGroupName);
    const wanted = instancesOf(group, InstanceIds);
    const wrong = wanted.find(({ state }) => state !== "Standby");
    if (wrong !== undefined) throw validation(`The instance ${wrong.id} is not in Standby.`);
    const { desired, max } = group.document;
    const more = desired + wanted.length;
    if (more > max) {
      throw validation(
        `AutoScalingGroup ${group.name} has max-size=${max}. Exiting standby would make the desired capacity ${more}.`,
      );
    }
    const activities: Activity[] = [];
    for (const one of wanted) {
      const cause = `At ${causeTime(ctx.now)} instance ${one.id} was moved out of standby in response to a user request, increasing the capacity from ${desired} to ${more}.`;
      const description = `Moving EC2 instance out of Standby: ${one.id}`;
      activities.push(await begin(tx, ctx, group, one, description, cause, "done"));
    }
    await changeGroup(tx, group, {
      desired: more,
      instances: withChanged(group, keysOf(wanted), (one) => ({ ...one, state: "InService" })),
    });
    return { Activities: activities.map((one) => wireActivity(one)) };
  },
};

const detachInstances: WriteOperation<AutoScaling, "DetachInstances"> = {
  name: "DetachInstances",
  authorise: ({ AutoScalingGroupName }, ctx) => onGroup("DetachInstances", AutoScalingGroupName, ctx),
  async commit(tx, ctx, { AutoScalingGroupName, InstanceIds = [], ShouldDecrementDesiredCapacity = false }) {
    const group = await needGroup(tx, ctx, AutoScalingGroupName);
    const wanted = instancesOf(group, InstanceIds);
    const wrong = wanted.find(({ state }) => state !== "InService" && state !== "Standby");
    if (wrong !== undefined) {
      throw validation(`The instance ${wrong.id} is not in correct state.`);
    }
    if (wanted.some(({ registered = [] }) => registered.length > 0)) {
      // Ours: whoever takes it out of the target groups does so before it leaves.
      throw validation(
        "Detach the group's target groups, or put the instance into standby, before you detach it.",
      );
    }
    const { desired, min } = group.document;
    const serving = wanted.filter(({ state }) => state === "InService").length;
    const left = ShouldDecrementDesiredCapacity ? desired - serving : desired;
    refuseBelowMin(group, left, min);
    const activities: Activity[] = [];
    for (const one of wanted) {
      const change = ShouldDecrementDesiredCapacity
        ? `, shrinking the capacity from ${desired} to ${left}`
        : "";
      const cause = `At ${causeTime(ctx.now)} instance ${one.id} was detached in response to a user request${change}.`;
      activities.push(await begin(tx, ctx, group, one, `Detaching EC2 instance: ${one.id}`, cause, "done"));
    }
    const keys = keysOf(wanted);
    await changeGroup(tx, group, {
      desired: left,
      instances: group.document.instances.filter(({ key }) => !keys.has(key)),
    });
    return { Activities: activities.map((one) => wireActivity(one)) };
  },
};

/** INVARIANT: `checkSizes` holds for a group after it has shrunk. */
function refuseBelowMin(group: Group, left: number, min: number): void {
  if (left < min) {
    throw validation(
      `AutoScalingGroup ${group.name} has min-size=${min}, max-size=${group.document.max}, and desired-size=${group.document.desired}. To place into standby or detach so many instances, please update the AutoScalingGroup sizes appropriately.`,
    );
  }
  checkSizes({ ...group.document, desired: left });
}

function inService(instances: readonly GroupInstance[]): readonly GroupInstance[] {
  const wrong = instances.find(({ state }) => state !== "InService");
  if (wrong !== undefined) {
    throw validation(`The instance ${wrong.id} is not in InService.`);
  }
  return instances;
}

const keysOf = (instances: readonly GroupInstance[]): ReadonlySet<string> =>
  new Set(instances.map(({ key }) => key));

const describeAutoScalingInstances = describing("DescribeAutoScalingInstances", async (ctx, input) => {
  const { InstanceIds: ids = [] } = input;
  const all = (await listGroups(ctx.rows, ctx)).flatMap((group) =>
    group.document.instances.flatMap((one) =>
      wireInstance(one).map((shown) => ({
        ...shown,
        InstanceId: shown.InstanceId ?? "",
        AutoScalingGroupName: group.name,
        HealthStatus: one.health.toUpperCase(),
      })),
    ),
  );
  const wanted = all
    .filter(({ InstanceId }) => ids.length === 0 || ids.includes(InstanceId))
    .sort((a, b) => (a.InstanceId < b.InstanceId ? -1 : 1));
  const { items, NextToken } = paged(wanted, input, ({ InstanceId }) => InstanceId);
  return { AutoScalingInstances: [...items], NextToken };
});

export const instanceOperations: readonly AnyOperation[] = [
  describeAutoScalingInstances,
  detachInstances,
  enterStandby,
  exitStandby,
  setDesiredCapacity,
  setInstanceHealth,
  setInstanceProtection,
  terminateInstance,
];
