import type * as autoscaling from "@aws-sdk/client-auto-scaling";
import type { Rows, Tx } from "../../../store/types.ts";
import type { Scope } from "../arn.ts";
import type { Group } from "../groups/group.ts";
import type { ActivityRow, AutoScalingTables } from "../store.ts";

/** AWS: activities of the last six weeks can be described. */
const kept = 42 * 24 * 60 * 60_000;

/** All of an activity that no query looks for. */
export interface ActivityDocument {
  readonly description: string;
  readonly cause: string;
  readonly status: autoscaling.ScalingActivityStatusCode;
  readonly message?: string;
  readonly progress: number;
  /** Epoch ms. */
  readonly endedAt?: number;
  readonly zone?: string;
  readonly subnet?: string;
}

/** Something that a group does with an instance ("Verify a scaling activity", User Guide). */
export interface Activity {
  /** A UUID. */
  readonly id: string;
  readonly groupName: string;
  readonly groupArn: string;
  /** Epoch ms. */
  readonly startedAt: number;
  readonly document: ActivityDocument;
}

function activityFrom(row: ActivityRow): Activity {
  return {
    id: row.id,
    groupName: row.group_name,
    groupArn: row.group_arn,
    startedAt: row.started_at,
    document: JSON.parse(row.document) as ActivityDocument,
  };
}

/** Writes a new activity, or what has become of one. Activities that nobody can ask for any more go. */
export async function keepActivity(
  tx: Tx,
  group: Group,
  activity: Pick<Activity, "id" | "startedAt" | "document">,
): Promise<void> {
  const { account, region, name, arn } = group;
  const document = JSON.stringify(activity.document);
  await tx
    .tables<AutoScalingTables>()
    .insertInto("autoscaling_activity")
    .values({
      ...{ account, region, id: activity.id, group_name: name, group_arn: arn },
      ...{ started_at: activity.startedAt, document },
    })
    .onConflict((conflict) => conflict.columns(["account", "region", "id"]).doUpdateSet({ document }))
    .execute();
  await tx
    .tables<AutoScalingTables>()
    .deleteFrom("autoscaling_activity")
    .where("account", "=", account)
    .where("region", "=", region)
    .where("group_name", "=", name)
    .where("started_at", "<", activity.startedAt - kept)
    .execute();
}

/** An activity by its id, or `undefined`. */
export async function findActivity(
  rows: Rows,
  { account, region }: Scope,
  id: string,
): Promise<Activity | undefined> {
  const row = await rows
    .tables<AutoScalingTables>()
    .selectFrom("autoscaling_activity")
    .selectAll()
    .where("account", "=", account)
    .where("region", "=", region)
    .where("id", "=", id)
    .executeTakeFirst();
  return row && activityFrom(row);
}

/** The activities of a region, newest first; with `group` those of the groups of a name. */
export async function listActivities(
  rows: Rows,
  { account, region }: Scope,
  group?: string,
): Promise<readonly Activity[]> {
  const all = rows
    .tables<AutoScalingTables>()
    .selectFrom("autoscaling_activity")
    .selectAll()
    .where("account", "=", account)
    .where("region", "=", region)
    .orderBy("started_at", "desc")
    .orderBy("id");
  const found = await (group === undefined ? all : all.where("group_name", "=", group)).execute();
  return found.map(activityFrom);
}

/** As answers show it. */
export function wireActivity(activity: Activity, groupIsThere = true): autoscaling.Activity {
  const { document } = activity;
  return {
    ActivityId: activity.id,
    AutoScalingGroupName: activity.groupName,
    AutoScalingGroupARN: activity.groupArn,
    ...(!groupIsThere && { AutoScalingGroupState: "Deleted" }),
    Description: document.description,
    Cause: document.cause,
    StartTime: new Date(activity.startedAt),
    ...(document.endedAt !== undefined && { EndTime: new Date(document.endedAt) }),
    StatusCode: document.status,
    ...(document.message !== undefined && { StatusMessage: document.message }),
    Progress: document.progress,
    Details: JSON.stringify({
      ...(document.subnet !== undefined && { "Subnet ID": document.subnet }),
      ...(document.zone !== undefined && { "Availability Zone": document.zone }),
    }),
  };
}

/** `2026-11-22T16:00:00Z`, as causes write a time. */
export function causeTime(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}
