import type { Kysely } from "kysely";
import { integer, json, keyText } from "../../../store/columns.ts";
import type { Dialect, Migration } from "../../../store/types.ts";

/** An alarm. `document` holds an `AlarmDocument` (alarm.ts). */
export interface AlarmRow {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  /** `MetricAlarm` or `CompositeAlarm`. */
  readonly type: string;
  readonly state: string;
  readonly document: string;
}

/** What happened to an alarm. */
export interface AlarmHistoryRow {
  readonly account: string;
  readonly region: string;
  readonly alarm: string;
  /** Epoch ms. */
  readonly at: number;
  /** A UUID. */
  readonly id: string;
  readonly type: string;
  /** `ConfigurationUpdate`, `StateUpdate` or `Action`. */
  readonly kind: string;
  readonly summary: string;
  /** JSON. */
  readonly data: string;
}

export interface AlarmTables {
  cloudwatch_alarm: AlarmRow;
  cloudwatch_alarm_history: AlarmHistoryRow;
}

async function createTables(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const text = keyText(dialect);
  await db.schema
    .createTable("cloudwatch_alarm")
    .addColumn("account", text, (c) => c.notNull())
    .addColumn("region", text, (c) => c.notNull())
    .addColumn("name", text, (c) => c.notNull())
    .addColumn("type", text, (c) => c.notNull())
    .addColumn("state", text, (c) => c.notNull())
    .addColumn("document", json, (c) => c.notNull())
    .addPrimaryKeyConstraint("cloudwatch_alarm_key", ["account", "region", "name"])
    .execute();
  await db.schema
    .createTable("cloudwatch_alarm_history")
    .addColumn("account", text, (c) => c.notNull())
    .addColumn("region", text, (c) => c.notNull())
    .addColumn("alarm", text, (c) => c.notNull())
    .addColumn("at", integer, (c) => c.notNull())
    .addColumn("id", text, (c) => c.notNull())
    .addColumn("type", text, (c) => c.notNull())
    .addColumn("kind", text, (c) => c.notNull())
    .addColumn("summary", "text", (c) => c.notNull())
    .addColumn("data", json, (c) => c.notNull())
    .addPrimaryKeyConstraint("cloudwatch_alarm_history_key", ["account", "region", "at", "id"])
    .execute();
  await db.schema
    .createIndex("cloudwatch_alarm_history_by_alarm")
    .on("cloudwatch_alarm_history")
    .columns(["account", "region", "alarm", "at"])
    .execute();
}

export const alarmMigrations: readonly Migration[] = [{ name: "cloudwatch/002-alarms", up: createTables }];
