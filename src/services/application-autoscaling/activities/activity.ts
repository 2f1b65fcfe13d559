import type {
  NotScaledReason,
  ScalingActivity,
  ScalingActivityStatusCode,
} from "@aws-sdk/client-application-auto-scaling";
import type { AccountId, Region } from "../../../kernel/brand.ts";
import { day } from "../../../kernel/duration.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import type { Scope, TargetKey } from "../arn.ts";
import { apiNames } from "../named.ts";
import type { ActivityRow, AutoScalingTables } from "../store.ts";
import { targetColumns } from "../targets/target.ts";

/** How long activities are kept (API Reference, "DescribeScalingActivities": six weeks). */
const keptFor = 42 * day;

interface ActivityDocument {
  readonly description: string;
  readonly cause: string;
  readonly status: ScalingActivityStatusCode;
  readonly message?: string;
  /** Epoch ms. */
  readonly endedAt?: number;
  readonly notScaled?: readonly NotScaledReason[];
  /** Desired count before and after, of an activity that sets it. */
  readonly from?: number;
  readonly to?: number;
  /** The count has been set. */
  readonly applied?: boolean;
}

/** What was done to a target, or why nothing was. */
export interface Activity extends ActivityDocument {
  readonly key: TargetKey;
  readonly id: string;
  /** Epoch ms. */
  readonly startedAt: number;
}

function activityOfRow(row: ActivityRow): Activity {
  const { account, region, resource_id: resourceId, id, started_at: startedAt, document } = row;
  const key = { account: account as AccountId, region: region as Region, resourceId };
  return { key, id, startedAt, ...(JSON.parse(document) as ActivityDocument) };
}

export async function findActivity(rows: Rows, scope: Scope, id: string): Promise<Activity | undefined> {
  const row = await rows
    .tables<AutoScalingTables>()
    .selectFrom("application_autoscaling_activity")
    .selectAll()
    .where((is) => is.and({ account: scope.account, region: scope.region, id }))
    .executeTakeFirst();
  return row && activityOfRow(row);
}

/** The newest activity of a target, also of those that scaled nothing. */
export async function newestActivity(rows: Rows, key: TargetKey): Promise<Activity | undefined> {
  const row = await rows
    .tables<AutoScalingTables>()
    .selectFrom("application_autoscaling_activity")
    .selectAll()
    .where((is) => is.and(targetColumns(key)))
    .orderBy("started_at", "desc")
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
  return row && activityOfRow(row);
}

/** Writes an activity, new or changed, and removes what is too old. */
export async function keepActivity(tx: Tx, activity: Activity, now: number): Promise<void> {
  const { key, id, startedAt, ...document } = activity;
  const values = { document: JSON.stringify(document) };
  const tables = tx.tables<AutoScalingTables>();
  await tables
    .insertInto("application_autoscaling_activity")
    .values({
      ...targetColumns(key),
      id,
      started_at: startedAt,
      not_scaled: document.notScaled === undefined ? 0 : 1,
      ...values,
    })
    .onConflict((conflict) => conflict.column("id").doUpdateSet(values))
    .execute();
  await tables
    .deleteFrom("application_autoscaling_activity")
    .where((is) => is.and({ account: key.account, region: key.region }))
    .where("started_at", "<", now - keptFor)
    .execute();
}

/** Which activities are listed. */
export interface ActivityFilter {
  readonly resourceId?: string | undefined;
  readonly notScaled: boolean;
  /** Time and id of the one before. */
  readonly after?: { readonly at: number; readonly id: string } | undefined;
  readonly limit: number;
}

/** Activities, newest first. */
export async function listActivities(
  rows: Rows,
  { account, region }: Scope,
  { resourceId, notScaled, after, limit }: ActivityFilter,
): Promise<readonly Activity[]> {
  const found = await rows
    .tables<AutoScalingTables>()
    .selectFrom("application_autoscaling_activity")
    .selectAll()
    .where((is) => is.and({ account, region }))
    .$if(resourceId !== undefined, (select) => select.where("resource_id", "=", resourceId ?? ""))
    .$if(!notScaled, (select) => select.where("not_scaled", "=", 0))
    .$if(after !== undefined, (select) =>
      select.where((is) =>
        is.or([
          is("started_at", "<", after?.at ?? 0),
          is.and([is("started_at", "=", after?.at ?? 0), is("id", "<", after?.id ?? "")]),
        ]),
      ),
    )
    .orderBy("started_at", "desc")
    .orderBy("id", "desc")
    .limit(limit)
    .execute();
  return found.map(activityOfRow);
}

/** An activity as the API answers it. */
export function apiActivity(activity: Activity): ScalingActivity {
  const { key, id, startedAt, endedAt, description, cause, status, message, notScaled } = activity;
  return {
    ActivityId: id,
    ...apiNames(key.resourceId),
    Description: description,
    Cause: cause,
    StartTime: new Date(startedAt),
    ...(endedAt !== undefined && { EndTime: new Date(endedAt) }),
    StatusCode: status,
    ...(message !== undefined && { StatusMessage: message }),
    ...(notScaled !== undefined && { NotScaledReasons: [...notScaled] }),
  };
}
