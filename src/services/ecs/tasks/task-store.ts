import { integer, json, keyText } from "../../../store/columns.ts";
import type { Migration } from "../../../store/types.ts";

/** A task. The columns are what tasks are looked for by; `document` holds a `TaskDocument` (task.ts). */
export interface TaskRow {
  readonly account: string;
  readonly region: string;
  readonly cluster: string;
  /** 32 hexadecimal digits. */
  readonly id: string;
  readonly family: string;
  readonly revision: number;
  /** `service:<name>`, `family:<family>`, or what RunTask was given. */
  readonly task_group: string;
  /** The name of the service that the task belongs to, and the id of its deployment or task set. */
  readonly service: string | null;
  readonly deployment: string | null;
  readonly started_by: string | null;
  readonly launch_type: string;
  /** The id of the container instance that the task was placed on. */
  readonly container_instance: string | null;
  readonly desired_status: string;
  readonly last_status: string;
  /** Epoch ms. */
  readonly created_at: number;
  readonly stopped_at: number | null;
  readonly version: number;
  readonly document: string;
}

/** The answer to a RunTask with a client token, so that the same call is answered by the same tasks. */
export interface TaskTokenRow {
  readonly account: string;
  readonly region: string;
  readonly cluster: string;
  readonly token: string;
  /** SHA-256 of the request, base64url: another request with the token is a conflict. */
  readonly request: string;
  /** JSON: the ids of the tasks. */
  readonly tasks: string;
  /** Epoch ms. */
  readonly created_at: number;
}

/** The tables of tasks. */
export interface TaskTables {
  ecs_task: TaskRow;
  ecs_task_token: TaskTokenRow;
}

export const taskMigrations: readonly Migration[] = [
  {
    name: "ecs/task/001-tasks",
    async up(db, dialect) {
      const text = keyText(dialect);
      await db.schema
        .createTable("ecs_task")
        .addColumn("account", text, (c) => c.notNull())
        .addColumn("region", text, (c) => c.notNull())
        .addColumn("cluster", text, (c) => c.notNull())
        .addColumn("id", text, (c) => c.notNull())
        .addColumn("family", text, (c) => c.notNull())
        .addColumn("revision", integer, (c) => c.notNull())
        .addColumn("task_group", text, (c) => c.notNull())
        .addColumn("service", text)
        .addColumn("deployment", text)
        .addColumn("started_by", text)
        .addColumn("launch_type", text, (c) => c.notNull())
        .addColumn("container_instance", text)
        .addColumn("desired_status", text, (c) => c.notNull())
        .addColumn("last_status", text, (c) => c.notNull())
        .addColumn("created_at", integer, (c) => c.notNull())
        .addColumn("stopped_at", integer)
        .addColumn("version", integer, (c) => c.notNull())
        .addColumn("document", json, (c) => c.notNull())
        .addPrimaryKeyConstraint("ecs_task_key", ["account", "region", "cluster", "id"])
        .execute();
      await db.schema
        .createIndex("ecs_task_by_service")
        .on("ecs_task")
        .columns(["account", "region", "cluster", "service", "last_status"])
        .execute();
      await db.schema
        .createIndex("ecs_task_by_instance")
        .on("ecs_task")
        .columns(["account", "region", "cluster", "container_instance", "last_status"])
        .execute();
      await db.schema
        .createIndex("ecs_task_by_launch_type")
        .on("ecs_task")
        .columns(["launch_type", "last_status"])
        .execute();
      await db.schema
        .createTable("ecs_task_token")
        .addColumn("account", text, (c) => c.notNull())
        .addColumn("region", text, (c) => c.notNull())
        .addColumn("cluster", text, (c) => c.notNull())
        .addColumn("token", text, (c) => c.notNull())
        .addColumn("request", text, (c) => c.notNull())
        .addColumn("tasks", json, (c) => c.notNull())
        .addColumn("created_at", integer, (c) => c.notNull())
        .addPrimaryKeyConstraint("ecs_task_token_key", ["account", "region", "cluster", "token"])
        .execute();
    },
  },
];
