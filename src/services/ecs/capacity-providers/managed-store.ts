import { integer, json, keyText } from "../../../store/columns.ts";
import type { Migration } from "../../../store/types.ts";

/** A capacity provider of managed instances; a deleted one stays until its name is taken again. */
export interface ProviderRow {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  /** The name of the one cluster that it serves. */
  readonly cluster: string;
  readonly status: ProviderStatus;
  /** Counts changes: a plan made of an older state is not applied. */
  readonly version: number;
  /** Epoch ms. */
  readonly created_at: number;
  /** JSON of a `ProviderDocument` (managed-provider.ts). */
  readonly document: string;
}

/** AWS: the statuses of a capacity provider; nothing is made before its first instance, so none is PROVISIONING. */
export type ProviderStatus = "ACTIVE" | "DEPROVISIONING" | "INACTIVE";

/** An instance that a provider has asked for; while it runs there is a container instance of the same id. */
export interface ManagedInstanceRow {
  readonly account: string;
  readonly region: string;
  readonly cluster: string;
  /** The id of its container instance: 32 hexadecimal digits. */
  readonly id: string;
  readonly provider: string;
  readonly status: ManagedInstanceStatus;
  /** Epoch ms. */
  readonly created_at: number;
  /** JSON of a `ManagedInstanceDocument` (managed-instance.ts). */
  readonly document: string;
}

/** LAUNCHING until EC2 has it; RUNNING while there is a container instance; TERMINATING until EC2 has ended it. */
export type ManagedInstanceStatus = "LAUNCHING" | "RUNNING" | "TERMINATING";

export interface ManagedTables {
  readonly ecs_capacity_provider: ProviderRow;
  readonly ecs_managed_instance: ManagedInstanceRow;
}

export const managedMigrations: readonly Migration[] = [
  {
    name: "ecs/capacity-provider/001-managed-instances",
    async up(db, dialect) {
      const text = keyText(dialect);
      await db.schema
        .createTable("ecs_capacity_provider")
        .addColumn("account", text, (column) => column.notNull())
        .addColumn("region", text, (column) => column.notNull())
        .addColumn("name", text, (column) => column.notNull())
        .addColumn("cluster", text, (column) => column.notNull())
        .addColumn("status", "text", (column) => column.notNull())
        .addColumn("version", integer, (column) => column.notNull())
        .addColumn("created_at", integer, (column) => column.notNull())
        .addColumn("document", json, (column) => column.notNull())
        .addPrimaryKeyConstraint("ecs_capacity_provider_key", ["account", "region", "name"])
        .execute();
      await db.schema
        .createTable("ecs_managed_instance")
        .addColumn("account", text, (column) => column.notNull())
        .addColumn("region", text, (column) => column.notNull())
        .addColumn("cluster", text, (column) => column.notNull())
        .addColumn("id", text, (column) => column.notNull())
        .addColumn("provider", text, (column) => column.notNull())
        .addColumn("status", "text", (column) => column.notNull())
        .addColumn("created_at", integer, (column) => column.notNull())
        .addColumn("document", json, (column) => column.notNull())
        .addPrimaryKeyConstraint("ecs_managed_instance_key", ["account", "region", "cluster", "id"])
        .execute();
      await db.schema
        .createIndex("ecs_managed_instance_by_provider")
        .on("ecs_managed_instance")
        .columns(["account", "region", "provider"])
        .execute();
    },
  },
];
