import { integer, json, keyText } from "../../../store/columns.ts";
import type { Migration } from "../../../store/types.ts";

interface OfCluster {
  readonly account: string;
  readonly region: string;
  readonly cluster: string;
}

/** A daemon; a deleted one is gone when its tasks are. */
export interface DaemonRow extends OfCluster {
  readonly name: string;
  readonly status: DaemonStatus;
  /** Counts changes: a plan made of an older state is not applied. */
  readonly version: number;
  /** Epoch ms. */
  readonly created_at: number;
  /** JSON of a `DaemonDocument` (daemon.ts). */
  readonly document: string;
}

/** AWS: the statuses of a daemon. */
export type DaemonStatus = "ACTIVE" | "DELETE_IN_PROGRESS";

/** What a daemon ran, or runs: never changed. */
export interface DaemonRevisionRow extends OfCluster {
  readonly daemon: string;
  /** 19 digits. */
  readonly id: string;
  /** Epoch ms. */
  readonly created_at: number;
  /** JSON of a `DaemonRevisionDocument` (daemon.ts). */
  readonly document: string;
}

/** How a daemon came, or comes, to a revision. */
export interface DaemonDeploymentRow extends OfCluster {
  readonly daemon: string;
  /** 21 letters, digits, `-` and `_`. */
  readonly id: string;
  readonly status: string;
  /** Epoch ms. */
  readonly created_at: number;
  /** JSON of a `DaemonDeploymentDocument` (daemon-deployment.ts). */
  readonly document: string;
}

/** One revision of a daemon task definition. */
export interface DaemonDefinitionRow {
  readonly account: string;
  readonly region: string;
  readonly family: string;
  readonly revision: number;
  readonly status: string;
  /** Epoch ms, as is the one below. */
  readonly registered_at: number;
  readonly delete_requested_at: number | null;
  /** JSON of a `DaemonDefinitionDocument` (daemon-definition.ts). */
  readonly document: string;
}

/** INVARIANT: the number of a family only rises. */
export interface DaemonFamilyRow {
  readonly account: string;
  readonly region: string;
  readonly family: string;
  readonly revision: number;
}

export interface DaemonTables {
  ecs_daemon: DaemonRow;
  ecs_daemon_revision: DaemonRevisionRow;
  ecs_daemon_deployment: DaemonDeploymentRow;
  ecs_daemon_definition: DaemonDefinitionRow;
  ecs_daemon_family: DaemonFamilyRow;
}

export const daemonMigrations: readonly Migration[] = [
  {
    name: "ecs/daemon/001-daemons",
    async up(db, dialect) {
      const text = keyText(dialect);
      const table = (name: string, keys: readonly string[]) => {
        const made = keys.reduce(
          (builder, key) => builder.addColumn(key, text, (column) => column.notNull()),
          db.schema.createTable(name),
        );
        return made.addPrimaryKeyConstraint(`${name}_key`, [...keys] as never[]);
      };
      const inCluster = ["account", "region", "cluster"];
      await table("ecs_daemon", [...inCluster, "name"])
        .addColumn("status", "text", (column) => column.notNull())
        .addColumn("version", integer, (column) => column.notNull())
        .addColumn("created_at", integer, (column) => column.notNull())
        .addColumn("document", json, (column) => column.notNull())
        .execute();
      await table("ecs_daemon_revision", [...inCluster, "daemon", "id"])
        .addColumn("created_at", integer, (column) => column.notNull())
        .addColumn("document", json, (column) => column.notNull())
        .execute();
      await table("ecs_daemon_deployment", [...inCluster, "daemon", "id"])
        .addColumn("status", "text", (column) => column.notNull())
        .addColumn("created_at", integer, (column) => column.notNull())
        .addColumn("document", json, (column) => column.notNull())
        .execute();
      await db.schema
        .createTable("ecs_daemon_definition")
        .addColumn("account", text, (column) => column.notNull())
        .addColumn("region", text, (column) => column.notNull())
        .addColumn("family", text, (column) => column.notNull())
        .addColumn("revision", integer, (column) => column.notNull())
        .addColumn("status", "text", (column) => column.notNull())
        .addColumn("registered_at", integer, (column) => column.notNull())
        .addColumn("delete_requested_at", integer)
        .addColumn("document", json, (column) => column.notNull())
        .addPrimaryKeyConstraint("ecs_daemon_definition_key", ["account", "region", "family", "revision"])
        .execute();
      await table("ecs_daemon_family", ["account", "region", "family"])
        .addColumn("revision", integer, (column) => column.notNull())
        .execute();
    },
  },
];
