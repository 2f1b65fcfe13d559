import type { Migration } from "../../store/types.ts";
import { type AlarmTables, alarmMigrations } from "./alarms/alarm-store.ts";
import { type DashboardTables, dashboardMigrations } from "./dashboards/dashboard-store.ts";
import { type MetricTables, metricMigrations } from "./metrics/metric-store.ts";
import { type MuteRuleTables, muteRuleMigrations } from "./mute-rules/mute-rule-store.ts";

/** The tables of CloudWatch. */
export interface CloudWatchTables extends MetricTables, AlarmTables, DashboardTables, MuteRuleTables {}

export const migrations: readonly Migration[] = [
  ...metricMigrations,
  ...alarmMigrations,
  ...dashboardMigrations,
  ...muteRuleMigrations,
];
