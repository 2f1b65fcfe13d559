import type { Rows, Tx } from "../../../store/types.ts";
import type { InClusterKey } from "../arn.ts";
import { clusterColumns } from "../clusters/cluster.ts";
import type { TaskStatistics } from "../metrics/task-statistics.ts";
import type { TaskTables } from "../tasks/task-store.ts";
import type { AgentTables, AgentTaskRow, WantedStatus } from "./agent-store.ts";

const ofInstance = (instance: InClusterKey) => ({ ...clusterColumns(instance), instance: instance.id });

/** Writes what an agent is to know of a task, and that it has not heard of it yet. */
export async function wantTask(
  tx: Tx,
  instance: InClusterKey,
  task: string,
  wanted: WantedStatus,
): Promise<void> {
  const unheard = { wanted, acknowledged: 0, sent_on: null, message: null } as const;
  const row: AgentTaskRow = { ...ofInstance(instance), task, ...unheard, statistics: null };
  await tx
    .tables<AgentTables>()
    .insertInto("ecs_agent_task")
    .values(row)
    .onConflict((conflict) =>
      conflict
        .columns(["account", "region", "cluster", "instance", "task"])
        .doUpdateSet(unheard)
        // What is wanted already has been told, or will be.
        .where("ecs_agent_task.wanted", "!=", wanted),
    )
    .execute();
}

/** Forgets a task that its agent has nothing of any more. */
export async function forgetAgentTask(tx: Tx, instance: InClusterKey, task: string): Promise<void> {
  await tx
    .tables<AgentTables>()
    .deleteFrom("ecs_agent_task")
    .where((row) => row.and({ ...ofInstance(instance), task }))
    .execute();
}

/** All that an agent is to know. */
export async function agentTasks(rows: Rows, instance: InClusterKey): Promise<readonly AgentTaskRow[]> {
  return rows
    .tables<AgentTables>()
    .selectFrom("ecs_agent_task")
    .selectAll()
    .where((row) => row.and(ofInstance(instance)))
    .orderBy("task")
    .execute();
}

/** What an agent has not acknowledged and was not sent on this connection. */
export async function unsentTasks(
  rows: Rows,
  instance: InClusterKey,
  connection: string,
): Promise<readonly AgentTaskRow[]> {
  const waiting = await rows
    .tables<AgentTables>()
    .selectFrom("ecs_agent_task")
    .selectAll()
    .where((row) => row.and({ ...ofInstance(instance), acknowledged: 0 }))
    .orderBy("task")
    .execute();
  return waiting.filter((row) => row.sent_on !== connection);
}

/** Notes under which message a task goes out on a connection. */
export async function noteSent(
  tx: Tx,
  { account, region, cluster, instance, task }: AgentTaskRow,
  connection: string,
  message: string,
): Promise<void> {
  await tx
    .tables<AgentTables>()
    .updateTable("ecs_agent_task")
    .set({ sent_on: connection, message })
    .where((row) => row.and({ account, region, cluster, instance, task }))
    .execute();
}

/** Notes what the containers of a task use, as long as its agent is to know of the task. */
export async function noteStatistics(
  tx: Tx,
  instance: InClusterKey,
  task: string,
  statistics: TaskStatistics,
): Promise<void> {
  await tx
    .tables<AgentTables>()
    .updateTable("ecs_agent_task")
    .set({ statistics: JSON.stringify(statistics) })
    .where((row) => row.and({ ...ofInstance(instance), task }))
    .execute();
}

/** An agent has a payload. */
export async function noteAcknowledged(tx: Tx, instance: InClusterKey, message: string): Promise<void> {
  await tx
    .tables<AgentTables>()
    .updateTable("ecs_agent_task")
    .set({ acknowledged: 1 })
    .where((row) => row.and({ ...ofInstance(instance), message }))
    .execute();
}

/**
 * After an agent has come back: what it acknowledged without anything having followed is sent again. To an agent a task
 * that it has is no news.
 */
export async function sendAgain(tx: Tx, instance: InClusterKey): Promise<void> {
  const idle = await tx
    .tables<TaskTables>()
    .selectFrom("ecs_task")
    .select("id")
    .where((row) => row.and({ ...clusterColumns(instance), container_instance: instance.id }))
    .where("last_status", "in", ["PROVISIONING", "PENDING", "ACTIVATING"])
    .execute();
  const ids = idle.map(({ id }) => id);
  await tx
    .tables<AgentTables>()
    .updateTable("ecs_agent_task")
    .set({ acknowledged: 0, sent_on: null, message: null })
    .where((row) => row.and(ofInstance(instance)))
    .where((row) =>
      row.or([row("wanted", "=", "STOPPED"), ...(ids.length > 0 ? [row("task", "in", ids)] : [])]),
    )
    .execute();
}
