import type * as autoscaling from "@aws-sdk/client-auto-scaling";
import type { CallContext } from "../../../dispatch/context.ts";
import type { AnyOperation, WriteOperation } from "../../../dispatch/operation.ts";
import { isFault } from "../../../kernel/fault.ts";
import { uuid } from "../../../kernel/ids.ts";
import { scheduledActionArn } from "../arn.ts";
import { limitExceeded, validation } from "../faults.ts";
import { changeGroup, listGroups, needGroup } from "../groups/group.ts";
import { type AutoScaling, describing, onGroup, paged } from "../operation.ts";
import type { ScheduledAction } from "./action.ts";
import { isRecurrence, isTimeZone, nextAfter } from "./recurrence.ts";

/** AWS General Reference, "Amazon EC2 Auto Scaling endpoints and quotas". */
const mostActions = 125;

/** Reads an action. @throws Fault `ValidationError`; texts are ours. */
function readAction(
  ctx: Pick<CallContext, "now" | "random">,
  input: autoscaling.ScheduledUpdateGroupActionRequest & { readonly Time?: Date | undefined },
  before: ScheduledAction | undefined,
): ScheduledAction {
  const start = (input.StartTime ?? input.Time)?.getTime();
  const end = input.EndTime?.getTime();
  const { Recurrence: recurrence, TimeZone: timeZone } = input;
  const { MinSize: min, MaxSize: max, DesiredCapacity: desired } = input;
  if (min === undefined && max === undefined && desired === undefined) {
    throw validation("At least one of MinSize, MaxSize and DesiredCapacity must be specified.");
  }
  if (min !== undefined && max !== undefined && min > max) {
    throw validation("MinSize must not be greater than MaxSize.");
  }
  if (recurrence === undefined && start === undefined) {
    throw validation("Either a start time or a recurrence must be specified.");
  }
  if (recurrence !== undefined && !isRecurrence(recurrence)) {
    throw validation(`Given recurrence string:${recurrence.slice(0, 64)} is invalid`);
  }
  if (timeZone !== undefined && !isTimeZone(timeZone)) {
    throw validation(`Invalid time zone: ${timeZone.slice(0, 64)}`);
  }
  if (start !== undefined && start <= ctx.now) throw validation("Given start time is in the past");
  if (end !== undefined && end <= (start ?? ctx.now)) {
    throw validation("EndTime must be later than StartTime");
  }
  const action: ScheduledAction = {
    name: input.ScheduledActionName ?? "",
    id: before?.id ?? uuid(ctx.random),
    ...(start !== undefined && { start }),
    ...(end !== undefined && { end }),
    ...(recurrence !== undefined && { recurrence }),
    ...(timeZone !== undefined && { timeZone }),
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(desired !== undefined && { desired }),
  };
  const next = nextAfter(action, ctx.now);
  return { ...action, ...(next !== undefined && { next }) };
}

function withAction(
  ctx: Pick<CallContext, "now" | "random">,
  actions: readonly ScheduledAction[],
  input: autoscaling.ScheduledUpdateGroupActionRequest & { readonly Time?: Date | undefined },
): readonly ScheduledAction[] {
  const before = actions.find(({ name }) => name === input.ScheduledActionName);
  const others = actions.filter((one) => one !== before);
  if (others.length >= mostActions) {
    throw limitExceeded(`You have already used up your quota of ${mostActions} scheduled actions.`);
  }
  return [...others, readAction(ctx, input, before)];
}

const putScheduledUpdateGroupAction: WriteOperation<AutoScaling, "PutScheduledUpdateGroupAction"> = {
  name: "PutScheduledUpdateGroupAction",
  authorise: ({ AutoScalingGroupName, MinSize, MaxSize }, ctx) =>
    onGroup("PutScheduledUpdateGroupAction", AutoScalingGroupName, ctx, {
      "autoscaling:MinSize": MinSize?.toString(),
      "autoscaling:MaxSize": MaxSize?.toString(),
    }),
  async commit(tx, ctx, input) {
    const group = await needGroup(tx, ctx, input.AutoScalingGroupName);
    await changeGroup(tx, group, { actions: withAction(ctx, group.document.actions, input) });
    return {};
  },
};

const batchPut: WriteOperation<AutoScaling, "BatchPutScheduledUpdateGroupAction"> = {
  name: "BatchPutScheduledUpdateGroupAction",
  authorise: ({ AutoScalingGroupName }, ctx) =>
    onGroup("BatchPutScheduledUpdateGroupAction", AutoScalingGroupName, ctx),
  async commit(tx, ctx, { AutoScalingGroupName, ScheduledUpdateGroupActions = [] }) {
    const group = await needGroup(tx, ctx, AutoScalingGroupName);
    let { actions } = group.document;
    const FailedScheduledUpdateGroupActions: autoscaling.FailedScheduledUpdateGroupActionRequest[] = [];
    for (const wanted of ScheduledUpdateGroupActions) {
      try {
        actions = withAction(ctx, actions, wanted);
      } catch (error) {
        if (!isFault(error)) throw error;
        FailedScheduledUpdateGroupActions.push({
          ScheduledActionName: wanted.ScheduledActionName,
          ErrorCode: error.code,
          ErrorMessage: error.message,
        });
      }
    }
    await changeGroup(tx, group, { actions });
    return { FailedScheduledUpdateGroupActions };
  },
};

const deleteScheduledAction: WriteOperation<AutoScaling, "DeleteScheduledAction"> = {
  name: "DeleteScheduledAction",
  authorise: ({ AutoScalingGroupName }, ctx) => onGroup("DeleteScheduledAction", AutoScalingGroupName, ctx),
  async commit(tx, ctx, { AutoScalingGroupName, ScheduledActionName }) {
    const group = await needGroup(tx, ctx, AutoScalingGroupName);
    const actions = group.document.actions.filter(({ name }) => name !== ScheduledActionName);
    if (actions.length === group.document.actions.length) {
      throw validation("Scheduled action name not found");
    }
    await changeGroup(tx, group, { actions });
    return {};
  },
};

const batchDelete: WriteOperation<AutoScaling, "BatchDeleteScheduledAction"> = {
  name: "BatchDeleteScheduledAction",
  authorise: ({ AutoScalingGroupName }, ctx) =>
    onGroup("BatchDeleteScheduledAction", AutoScalingGroupName, ctx),
  async commit(tx, ctx, { AutoScalingGroupName, ScheduledActionNames = [] }) {
    const group = await needGroup(tx, ctx, AutoScalingGroupName);
    const known = new Set(group.document.actions.map(({ name }) => name));
    await changeGroup(tx, group, {
      actions: group.document.actions.filter(({ name }) => !ScheduledActionNames.includes(name)),
    });
    return {
      FailedScheduledActions: ScheduledActionNames.filter((name) => !known.has(name)).map(
        (ScheduledActionName) => ({
          ScheduledActionName,
          ErrorCode: "ValidationError",
          ErrorMessage: "Scheduled action name not found",
        }),
      ),
    };
  },
};

const describeScheduledActions = describing("DescribeScheduledActions", async (ctx, input) => {
  const { AutoScalingGroupName: name, ScheduledActionNames: names = [] } = input;
  const groups =
    name === undefined ? await listGroups(ctx.rows, ctx) : [await needGroup(ctx.rows, ctx, name)];
  const all = groups.flatMap((group) =>
    group.document.actions
      // AWS: an action that is over is gone.
      .filter((one) => one.next !== undefined && (names.length === 0 || names.includes(one.name)))
      .filter(({ next = 0 }) => next >= (input.StartTime?.getTime() ?? 0))
      .filter(({ next = 0 }) => next <= (input.EndTime?.getTime() ?? next))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map((action) => ({
        AutoScalingGroupName: group.name,
        ScheduledActionName: action.name,
        ScheduledActionARN: scheduledActionArn(group, action.id, action.name),
        ...(action.next !== undefined && { StartTime: new Date(action.next), Time: new Date(action.next) }),
        ...(action.end !== undefined && { EndTime: new Date(action.end) }),
        ...(action.recurrence !== undefined && { Recurrence: action.recurrence }),
        ...(action.timeZone !== undefined && { TimeZone: action.timeZone }),
        ...(action.min !== undefined && { MinSize: action.min }),
        ...(action.max !== undefined && { MaxSize: action.max }),
        ...(action.desired !== undefined && { DesiredCapacity: action.desired }),
      })),
  );
  const { items, NextToken } = paged(
    all,
    input,
    (one) => `${one.AutoScalingGroupName}\t${one.ScheduledActionName}`,
  );
  return { ScheduledUpdateGroupActions: [...items], NextToken };
});

export const scheduledActionOperations: readonly AnyOperation[] = [
  batchDelete,
  batchPut,
  deleteScheduledAction,
  describeScheduledActions,
  putScheduledUpdateGroupAction,
];
