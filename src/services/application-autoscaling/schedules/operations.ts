import type * as autoscaling from "@aws-sdk/client-application-auto-scaling";
import type { ReadOperation, WriteOperation } from "../../../dispatch/operation.ts";
import { uuid } from "../../../kernel/ids.ts";
import { limitExceeded, objectNotFound, validation } from "../faults.ts";
import { listedResource, onAll, onTarget, targetNamed } from "../named.ts";
import { pageOf, pageRequest } from "../paging.ts";
import { checkBounds } from "../targets/register-scalable-target.ts";
import { needTarget } from "../targets/target.ts";
import { readSchedule } from "./expression.ts";
import {
  apiScheduledAction,
  countScheduledActions,
  findScheduledAction,
  keepScheduledAction,
  listScheduledActions,
  nextScheduledJob,
  removeScheduledActions,
  type ScheduledAction,
} from "./scheduled-action.ts";

/** Actions of a target (User Guide, "Quotas for Application Auto Scaling"). */
const mostActions = 200;
const mostListed = 50;

/** Makes a scheduled action, or changes one. AWS: what an update does not name stays, but for start and end. */
export const putScheduledAction: WriteOperation<typeof autoscaling, "PutScheduledAction"> = {
  name: "PutScheduledAction",
  authorise: (input, ctx) => onTarget("PutScheduledAction", input, ctx),
  async commit(tx, ctx, input) {
    const key = { ...targetNamed(input, ctx), name: input.ScheduledActionName ?? "" };
    const target = await needTarget(tx, key);
    const before = await findScheduledAction(tx, key);
    if (before === undefined && (await countScheduledActions(tx, key)) >= mostActions)
      throw limitExceeded(`A scalable target can have no more than ${mostActions} scheduled actions.`);
    const schedule = input.Schedule ?? before?.schedule;
    if (schedule === undefined) throw validation("Schedule is required for a new scheduled action.");
    const timezone = input.Timezone ?? before?.timezone;
    const min = input.ScalableTargetAction?.MinCapacity ?? before?.min;
    const max = input.ScalableTargetAction?.MaxCapacity ?? before?.max;
    if (min === undefined && max === undefined)
      throw validation("At least one of MinCapacity and MaxCapacity must be specified.");
    checkBounds(min ?? Math.min(target.min, max ?? 0), max ?? Math.max(target.max, min ?? 0));
    const startsAt = input.StartTime?.getTime();
    const endsAt = input.EndTime?.getTime();
    if (endsAt !== undefined && endsAt <= Math.max(startsAt ?? 0, ctx.now))
      throw validation("EndTime must be in the future and after StartTime.");
    readSchedule(schedule, timezone);
    const action: ScheduledAction = {
      key,
      id: before?.id ?? uuid(ctx.random),
      schedule,
      ...(timezone !== undefined && { timezone }),
      ...(startsAt !== undefined && { startsAt }),
      ...(endsAt !== undefined && { endsAt }),
      ...(min !== undefined && { min }),
      ...(max !== undefined && { max }),
      createdAt: before?.createdAt ?? ctx.now,
      putAt: ctx.now,
    };
    await keepScheduledAction(tx, action);
    const job = nextScheduledJob(action, ctx.now);
    if (job !== undefined) await tx.enqueue(job);
    return {};
  },
};

export const deleteScheduledAction: WriteOperation<typeof autoscaling, "DeleteScheduledAction"> = {
  name: "DeleteScheduledAction",
  authorise: (input, ctx) => onTarget("DeleteScheduledAction", input, ctx),
  async commit(tx, ctx, input) {
    const key = { ...targetNamed(input, ctx), name: input.ScheduledActionName ?? "" };
    if ((await findScheduledAction(tx, key)) === undefined)
      throw objectNotFound("scheduled action found", key, key.name);
    await removeScheduledActions(tx, key);
    return {};
  },
};

/** The scheduled actions in order of resource and name. */
export const describeScheduledActions: ReadOperation<typeof autoscaling, "DescribeScheduledActions"> = {
  name: "DescribeScheduledActions",
  authorise: onAll("DescribeScheduledActions"),
  async read(ctx, input) {
    const page = pageRequest(input, mostListed);
    const found = await listScheduledActions(ctx.rows, ctx, {
      resourceId: listedResource(input),
      names: input.ScheduledActionNames,
      after: page.after,
      limit: page.limit + 1,
    });
    const { rows, NextToken } = pageOf(found, page, ({ key }) => [key.resourceId, key.name]);
    return { ScheduledActions: rows.map(apiScheduledAction), NextToken };
  },
};
