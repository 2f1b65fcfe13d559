import type { Migration } from "../../store/types.ts";
import { type HealthCheckTables, healthCheckMigrations } from "./health-checks/health-check-store.ts";
import { type HostedZoneTables, hostedZoneMigrations } from "./hosted-zones/hosted-zone-store.ts";
import { type RecordSetTables, recordSetMigrations } from "./record-sets/record-set-store.ts";

/** The tables of Route 53. */
export interface Route53Tables extends HostedZoneTables, RecordSetTables, HealthCheckTables {}

export const migrations: readonly Migration[] = [
  ...hostedZoneMigrations,
  ...recordSetMigrations,
  ...healthCheckMigrations,
];
