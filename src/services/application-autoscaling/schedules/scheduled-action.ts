import type { ScheduledAction as ApiScheduledAction } from "@aws-sdk/client-application-auto-scaling";
import type { AccountId, Region } from "../../../kernel/brand.ts";
import type { NewJob, Rows, Tx } from "../../../store/types.ts";
import { type NamedKey, type Scope, scheduledActionArn, type TargetKey } from "../arn.ts";
import { apiNames } from "../named.ts";
import type { AutoScalingTables, ScheduledActionRow } from "../store.ts";
import { targetColumns } from "../targets/target.ts";
import { readSchedule } from "./expression.ts";

/** The queue of scheduled actions whose time comes. */
export const scheduleQueue = "application-autoscaling.schedule";

interface ScheduledActionDocument {
  /** A UUID. */
  readonly id: string;
  readonly schedule: string;
  readonly timezone?: string;
  /** Epoch ms. */
  readonly startsAt?: number;
  readonly endsAt?: number;
  readonly min?: number;
  readonly max?: number;
  readonly createdAt: number;
  /** When it was last put, epoch ms: a rate counts from here where no start is given. */
  readonly putAt: number;
}

/** What sets the bounds of a target at set times. */
export interface ScheduledAction extends ScheduledActionDocument {
  readonly key: NamedKey;
}

function actionOfRow({
  account,
  region,
  resource_id: resourceId,
  name,
  document,
}: ScheduledActionRow): ScheduledAction {
  const key = { account: account as AccountId, region: region as Region, resourceId, name };
  return { key, ...(JSON.parse(document) as ScheduledActionDocument) };
}

export async function findScheduledAction(rows: Rows, key: NamedKey): Promise<ScheduledAction | undefined> {
  const row = await rows
    .tables<AutoScalingTables>()
    .selectFrom("application_autoscaling_scheduled_action")
    .selectAll()
    .where((is) => is.and({ ...targetColumns(key), name: key.name }))
    .executeTakeFirst();
  return row && actionOfRow(row);
}

/** How many actions a target has. */
export async function countScheduledActions(rows: Rows, key: TargetKey): Promise<number> {
  const { actions } = await rows
    .tables<AutoScalingTables>()
    .selectFrom("application_autoscaling_scheduled_action")
    .select(({ fn }) => fn.countAll<number | string>().as("actions"))
    .where((is) => is.and(targetColumns(key)))
    .executeTakeFirstOrThrow();
  return Number(actions);
}

/** Actions of an account in order of resource and name. */
export async function listScheduledActions(
  rows: Rows,
  { account, region }: Scope,
  filter: {
    readonly resourceId?: string | undefined;
    readonly names?: readonly string[] | undefined;
    readonly after?: readonly string[] | undefined;
    readonly limit: number;
  },
): Promise<readonly ScheduledAction[]> {
  const { resourceId, names, after, limit } = filter;
  const [resource = "", name = ""] = after ?? [];
  const found = await rows
    .tables<AutoScalingTables>()
    .selectFrom("application_autoscaling_scheduled_action")
    .selectAll()
    .where((is) => is.and({ account, region }))
    .$if(resourceId !== undefined, (select) => select.where("resource_id", "=", resourceId ?? ""))
    .$if(names !== undefined && names.length > 0, (select) => select.where("name", "in", names ?? []))
    .where((is) =>
      is.or([
        is("resource_id", ">", resource),
        is.and([is("resource_id", "=", resource), is("name", ">", name)]),
      ]),
    )
    .orderBy("resource_id")
    .orderBy("name")
    .limit(limit)
    .execute();
  return found.map(actionOfRow);
}

/** Writes an action, new or changed. */
export async function keepScheduledAction(tx: Tx, { key, ...document }: ScheduledAction): Promise<void> {
  const values = { document: JSON.stringify(document) };
  await tx
    .tables<AutoScalingTables>()
    .insertInto("application_autoscaling_scheduled_action")
    .values({ ...targetColumns(key), name: key.name, ...values })
    .onConflict((conflict) =>
      conflict.columns(["account", "region", "resource_id", "name"]).doUpdateSet(values),
    )
    .execute();
}

/** Removes one action of a target, or all of them. */
export async function removeScheduledActions(
  tx: Tx,
  key: TargetKey & { readonly name?: string },
): Promise<void> {
  await tx
    .tables<AutoScalingTables>()
    .deleteFrom("application_autoscaling_scheduled_action")
    .where((is) => is.and(targetColumns(key)))
    .$if(key.name !== undefined, (remove) => remove.where("name", "=", key.name ?? ""))
    .execute();
}

/** What the job of an action's next time is for. */
export interface ScheduledTime {
  readonly key: NamedKey;
  /** An action that was put since has other times. */
  readonly putAt: number;
}

/** The job of an action's next time after `now`; `undefined` when none is left. */
export function nextScheduledJob(action: ScheduledAction, now: number): NewJob | undefined {
  const { key, startsAt, endsAt, putAt } = action;
  const after = startsAt === undefined ? now : Math.max(now, startsAt - 1);
  const at = readSchedule(action.schedule, action.timezone).next(after, startsAt ?? putAt);
  if (at === undefined || (endsAt !== undefined && at > endsAt)) return undefined;
  const payload: ScheduledTime = { key, putAt };
  const { account, region, resourceId, name } = key;
  return {
    queue: scheduleQueue,
    key: JSON.stringify([account, region, resourceId, name, putAt]),
    account,
    region,
    payload,
    notBefore: at,
  };
}

/** An action as the API answers it. */
export function apiScheduledAction(action: ScheduledAction): ApiScheduledAction {
  const { key, id, schedule, timezone, startsAt, endsAt, min, max, createdAt } = action;
  return {
    ScheduledActionName: key.name,
    ScheduledActionARN: scheduledActionArn(key, id),
    ...apiNames(key.resourceId),
    Schedule: schedule,
    ...(timezone !== undefined && { Timezone: timezone }),
    ...(startsAt !== undefined && { StartTime: new Date(startsAt) }),
    ...(endsAt !== undefined && { EndTime: new Date(endsAt) }),
    ScalableTargetAction: {
      ...(min !== undefined && { MinCapacity: min }),
      ...(max !== undefined && { MaxCapacity: max }),
    },
    CreationTime: new Date(createdAt),
  };
}
