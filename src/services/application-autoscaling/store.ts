import type { Kysely } from "kysely";
import { flag, integer, json, keyText } from "../../store/columns.ts";
import type { Dialect, Migration } from "../../store/types.ts";

interface OfTarget {
  readonly account: string;
  readonly region: string;
  readonly resource_id: string;
}

/** A scalable target. `document` holds a `TargetDocument` (targets/target.ts). */
export interface TargetRow extends OfTarget {
  /** What its ARN ends with. */
  readonly id: string;
  readonly document: string;
}

/** A scaling policy. `document` holds a `PolicyDocument` (policies/policy.ts). */
export interface PolicyRow extends OfTarget {
  readonly name: string;
  readonly document: string;
}

/** A scheduled action. `document` holds a `ScheduledActionDocument` (schedules/scheduled-action.ts). */
export interface ScheduledActionRow extends OfTarget {
  readonly name: string;
  readonly document: string;
}

/** A scaling activity. `document` holds an `ActivityDocument` (activities/activity.ts). */
export interface ActivityRow extends OfTarget {
  /** A UUID. */
  readonly id: string;
  /** Epoch ms. */
  readonly started_at: number;
  /** 1 for what was asked and not done. */
  readonly not_scaled: number;
  readonly document: string;
}

export interface AutoScalingTables {
  application_autoscaling_target: TargetRow;
  application_autoscaling_policy: PolicyRow;
  application_autoscaling_scheduled_action: ScheduledActionRow;
  application_autoscaling_activity: ActivityRow;
}

const ofTarget = ["account", "region", "resource_id"] as const;

async function createTables(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const text = keyText(dialect);
  await db.schema
    .createTable("application_autoscaling_target")
    .addColumn("account", text, (c) => c.notNull())
    .addColumn("region", text, (c) => c.notNull())
    .addColumn("resource_id", text, (c) => c.notNull())
    .addColumn("id", text, (c) => c.notNull().unique())
    .addColumn("document", json, (c) => c.notNull())
    .addPrimaryKeyConstraint("application_autoscaling_target_key", [...ofTarget])
    .execute();
  for (const noun of ["policy", "scheduled_action"]) {
    await db.schema
      .createTable(`application_autoscaling_${noun}`)
      .addColumn("account", text, (c) => c.notNull())
      .addColumn("region", text, (c) => c.notNull())
      .addColumn("resource_id", text, (c) => c.notNull())
      .addColumn("name", text, (c) => c.notNull())
      .addColumn("document", json, (c) => c.notNull())
      .addPrimaryKeyConstraint(`application_autoscaling_${noun}_key`, [...ofTarget, "name"])
      .execute();
  }
  await db.schema
    .createTable("application_autoscaling_activity")
    .addColumn("account", text, (c) => c.notNull())
    .addColumn("region", text, (c) => c.notNull())
    .addColumn("resource_id", text, (c) => c.notNull())
    .addColumn("id", text, (c) => c.notNull().primaryKey())
    .addColumn("started_at", integer, (c) => c.notNull())
    .addColumn("not_scaled", flag, (c) => c.notNull())
    .addColumn("document", json, (c) => c.notNull())
    .execute();
  await db.schema
    .createIndex("application_autoscaling_activity_by_time")
    .on("application_autoscaling_activity")
    .columns(["account", "region", "started_at", "id"])
    .execute();
}

export const migrations: readonly Migration[] = [
  { name: "application-autoscaling/001-targets", up: createTables },
];
