import type { Kysely } from "kysely";
import { integer, json, keyText } from "../../store/columns.ts";
import type { Dialect, Migration } from "../../store/types.ts";

/** A group. `document` holds a `GroupDocument` (groups/group.ts). */
export interface GroupRow {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  /** A UUID. */
  readonly id: string;
  /** Counts changes: whoever decided by an earlier one decides again. */
  readonly version: number;
  /** Epoch ms. */
  readonly created_at: number;
  readonly document: string;
}

/** A launch configuration: what was sent, which never changes. */
export interface LaunchConfigurationRow {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  /** A UUID. */
  readonly id: string;
  /** Epoch ms. */
  readonly created_at: number;
  readonly document: string;
}

/** A scaling activity. `document` holds an `ActivityDocument` (activities/activity.ts). */
export interface ActivityRow {
  readonly account: string;
  readonly region: string;
  /** A UUID. */
  readonly id: string;
  readonly group_name: string;
  /** The group's ARN, which tells a group from an earlier one of its name. */
  readonly group_arn: string;
  /** Epoch ms. */
  readonly started_at: number;
  readonly document: string;
}

/** The tables of EC2 Auto Scaling. */
export interface AutoScalingTables {
  autoscaling_group: GroupRow;
  autoscaling_launch_configuration: LaunchConfigurationRow;
  autoscaling_activity: ActivityRow;
}

async function createTables(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const text = keyText(dialect);
  await db.schema
    .createTable("autoscaling_group")
    .addColumn("account", text, (c) => c.notNull())
    .addColumn("region", text, (c) => c.notNull())
    .addColumn("name", text, (c) => c.notNull())
    .addColumn("id", text, (c) => c.notNull())
    .addColumn("version", integer, (c) => c.notNull())
    .addColumn("created_at", integer, (c) => c.notNull())
    .addColumn("document", json, (c) => c.notNull())
    .addPrimaryKeyConstraint("autoscaling_group_key", ["account", "region", "name"])
    .execute();
  await db.schema
    .createTable("autoscaling_launch_configuration")
    .addColumn("account", text, (c) => c.notNull())
    .addColumn("region", text, (c) => c.notNull())
    .addColumn("name", text, (c) => c.notNull())
    .addColumn("id", text, (c) => c.notNull())
    .addColumn("created_at", integer, (c) => c.notNull())
    .addColumn("document", json, (c) => c.notNull())
    .addPrimaryKeyConstraint("autoscaling_launch_configuration_key", ["account", "region", "name"])
    .execute();
  await db.schema
    .createTable("autoscaling_activity")
    .addColumn("account", text, (c) => c.notNull())
    .addColumn("region", text, (c) => c.notNull())
    .addColumn("id", text, (c) => c.notNull())
    .addColumn("group_name", text, (c) => c.notNull())
    .addColumn("group_arn", text, (c) => c.notNull())
    .addColumn("started_at", integer, (c) => c.notNull())
    .addColumn("document", json, (c) => c.notNull())
    .addPrimaryKeyConstraint("autoscaling_activity_key", ["account", "region", "id"])
    .execute();
  await db.schema
    .createIndex("autoscaling_activity_of_group")
    .on("autoscaling_activity")
    .columns(["account", "region", "group_name", "started_at"])
    .execute();
}

export const migrations: readonly Migration[] = [{ name: "autoscaling/001-groups", up: createTables }];
