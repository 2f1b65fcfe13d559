import { integer, json, keyText } from "../../../store/columns.ts";
import type { Migration } from "../../../store/types.ts";
import type { ProviderStatus } from "./managed-store.ts";

/** A capacity provider of an Auto Scaling group; a deleted one stays until its name is taken again. */
export interface GroupProviderRow {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly status: ProviderStatus;
  /** Counts changes: a plan made of an older state is not applied. */
  readonly version: number;
  /** Epoch ms. */
  readonly created_at: number;
  /** JSON of a `GroupProviderDocument` (group-provider.ts). */
  readonly document: string;
}

export interface GroupProviderTables {
  readonly ecs_group_provider: GroupProviderRow;
}

export const groupProviderMigrations: readonly Migration[] = [
  {
    name: "ecs/capacity-provider/002-group-providers",
    async up(db, dialect) {
      const text = keyText(dialect);
      await db.schema
        .createTable("ecs_group_provider")
        .addColumn("account", text, (column) => column.notNull())
        .addColumn("region", text, (column) => column.notNull())
        .addColumn("name", text, (column) => column.notNull())
        .addColumn("status", "text", (column) => column.notNull())
        .addColumn("version", integer, (column) => column.notNull())
        .addColumn("created_at", integer, (column) => column.notNull())
        .addColumn("document", json, (column) => column.notNull())
        .addPrimaryKeyConstraint("ecs_group_provider_key", ["account", "region", "name"])
        .execute();
    },
  },
];
