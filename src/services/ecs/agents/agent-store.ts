import { flag, json, keyText } from "../../../store/columns.ts";
import type { Migration } from "../../../store/types.ts";

/**
 * What an agent is to know of a task: one row a task, from the moment the task is handed over until it is removed. A
 * payload is made of it when it is sent, with fresh credentials; none is kept.
 */
export interface AgentTaskRow {
  readonly account: string;
  readonly region: string;
  readonly cluster: string;
  /** Ids of the container instance and of the task. */
  readonly instance: string;
  readonly task: string;
  readonly wanted: WantedStatus;
  /** 1 once the agent has acknowledged the payload that says `wanted`. */
  readonly acknowledged: 0 | 1;
  /** The connection on which the payload went out; null before. */
  readonly sent_on: string | null;
  /** The `messageId` of that payload. */
  readonly message: string | null;
  /** JSON of `TaskStatistics`: what its containers used when its agent told it last; null before. */
  readonly statistics: string | null;
}

/** AWS: `desiredStatus` of a payload's task. */
export type WantedStatus = "RUNNING" | "STOPPED";

export interface AgentTables {
  readonly ecs_agent_task: AgentTaskRow;
}

export const agentMigrations: readonly Migration[] = [
  {
    name: "ecs/agent/001-tasks",
    async up(db, dialect) {
      const text = keyText(dialect);
      await db.schema
        .createTable("ecs_agent_task")
        .addColumn("account", text, (column) => column.notNull())
        .addColumn("region", text, (column) => column.notNull())
        .addColumn("cluster", text, (column) => column.notNull())
        .addColumn("instance", text, (column) => column.notNull())
        .addColumn("task", text, (column) => column.notNull())
        .addColumn("wanted", "text", (column) => column.notNull())
        .addColumn("acknowledged", flag, (column) => column.notNull())
        .addColumn("sent_on", "text")
        .addColumn("message", "text")
        .addPrimaryKeyConstraint("ecs_agent_task_key", ["account", "region", "cluster", "instance", "task"])
        .execute();
    },
  },
  {
    name: "ecs/agent/002-statistics",
    async up(db) {
      await db.schema.alterTable("ecs_agent_task").addColumn("statistics", json).execute();
    },
  },
];
