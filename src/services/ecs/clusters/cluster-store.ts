import { integer, json, keyText } from "../../../store/columns.ts";
import type { Migration } from "../../../store/types.ts";

/** A cluster; a deleted one stays a while, so that it can be described. */
export interface ClusterRow {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly status: ClusterStatus;
  /** Epoch ms. */
  readonly created_at: number;
  /** Epoch ms; null until it is deleted. */
  readonly deleted_at: number | null;
  /** JSON of a `ClusterDocument` (cluster.ts). */
  readonly document: string;
}

/** The statuses that clusters have here: nothing is provisioned for one. */
export type ClusterStatus = "ACTIVE" | "INACTIVE";

export interface ClusterTables {
  readonly ecs_cluster: ClusterRow;
}

export const clusterMigrations: readonly Migration[] = [
  {
    name: "ecs/cluster/001-clusters",
    async up(db, dialect) {
      await db.schema
        .createTable("ecs_cluster")
        .addColumn("account", keyText(dialect), (column) => column.notNull())
        .addColumn("region", keyText(dialect), (column) => column.notNull())
        .addColumn("name", keyText(dialect), (column) => column.notNull())
        .addColumn("status", "text", (column) => column.notNull())
        .addColumn("created_at", integer, (column) => column.notNull())
        .addColumn("deleted_at", integer)
        .addColumn("document", json, (column) => column.notNull())
        .addPrimaryKeyConstraint("ecs_cluster_key", ["account", "region", "name"])
        .execute();
    },
  },
];
