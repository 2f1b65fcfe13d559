import { integer, json, keyText } from "../../../store/columns.ts";
import type { Migration } from "../../../store/types.ts";

/** One revision of a task definition. `document` holds a `TaskDefinitionDocument` (task-definition.ts). */
export interface TaskDefinitionRow {
  readonly account: string;
  readonly region: string;
  readonly family: string;
  readonly revision: number;
  readonly status: string;
  /** Epoch ms, as are the two below. */
  readonly registered_at: number;
  readonly deregistered_at: number | null;
  readonly delete_requested_at: number | null;
  readonly document: string;
}

/**
 * A family and its newest revision ever.
 * INVARIANT: the number only rises, so a revision that was deleted is never given to another definition.
 */
export interface TaskDefinitionFamilyRow {
  readonly account: string;
  readonly region: string;
  readonly family: string;
  readonly revision: number;
}

export interface TaskDefinitionTables {
  ecs_task_definition: TaskDefinitionRow;
  ecs_task_definition_family: TaskDefinitionFamilyRow;
}

export const taskDefinitionMigrations: readonly Migration[] = [
  {
    name: "ecs/task-definition/001-revisions",
    async up(db, dialect) {
      const text = keyText(dialect);
      await db.schema
        .createTable("ecs_task_definition")
        .addColumn("account", text, (c) => c.notNull())
        .addColumn("region", text, (c) => c.notNull())
        .addColumn("family", text, (c) => c.notNull())
        .addColumn("revision", integer, (c) => c.notNull())
        .addColumn("status", text, (c) => c.notNull())
        .addColumn("registered_at", integer, (c) => c.notNull())
        .addColumn("deregistered_at", integer)
        .addColumn("delete_requested_at", integer)
        .addColumn("document", json, (c) => c.notNull())
        .addPrimaryKeyConstraint("ecs_task_definition_key", ["account", "region", "family", "revision"])
        .execute();
      await db.schema
        .createIndex("ecs_task_definition_by_status")
        .on("ecs_task_definition")
        .columns(["account", "region", "status", "family", "revision"])
        .execute();
      await db.schema
        .createTable("ecs_task_definition_family")
        .addColumn("account", text, (c) => c.notNull())
        .addColumn("region", text, (c) => c.notNull())
        .addColumn("family", text, (c) => c.notNull())
        .addColumn("revision", integer, (c) => c.notNull())
        .addPrimaryKeyConstraint("ecs_task_definition_family_key", ["account", "region", "family"])
        .execute();
    },
  },
];
