import type { AnyOperation } from "../../../dispatch/operation.ts";
import { validation } from "../faults.ts";
import { listGroups, needGroup } from "../groups/group.ts";
import { describing, paged } from "../operation.ts";
import { listActivities, wireActivity } from "./activity.ts";

const describeScalingActivities = describing("DescribeScalingActivities", async (ctx, input) => {
  const { AutoScalingGroupName: name, ActivityIds: ids = [], IncludeDeletedGroups = false } = input;
  if ((input.Filters ?? []).length > 0) throw validation("Filters of activities are not supported here.");
  if (name !== undefined && !IncludeDeletedGroups) await needGroup(ctx.rows, ctx, name);
  const live = new Set((await listGroups(ctx.rows, ctx)).map(({ arn }) => arn as string));
  const all = await listActivities(ctx.rows, ctx, name);
  const wanted = all.filter(
    ({ id, groupArn }) =>
      (ids.length === 0 || ids.includes(id)) && (IncludeDeletedGroups || live.has(groupArn)),
  );
  const { items, NextToken } = paged(wanted, input, ({ id }) => id, 100);
  return { Activities: items.map((one) => wireActivity(one, live.has(one.groupArn))), NextToken };
});

export const activityOperations: readonly AnyOperation[] = [describeScalingActivities];
