import type * as ecs from "@aws-sdk/client-ecs";
import type { InternalOperation } from "../../../dispatch/operation.ts";
import { minute } from "../../../kernel/duration.ts";
import { Fault } from "../../../kernel/fault.ts";
import { uuid } from "../../../kernel/ids.ts";
import type { Rows } from "../../../store/types.ts";
import { clusterArn, containerInstanceArn, type InClusterKey } from "../arn.ts";
import { clusterColumns } from "../clusters/cluster.ts";
import { changeSeenInstance } from "../container-instances/change.ts";
import {
  type ContainerInstance,
  changeInstance,
  findInstance,
  type InstanceHealth,
} from "../container-instances/instance.ts";
import type { InstanceTables } from "../container-instances/instance-store.ts";
import { publishUse } from "../metrics/note-task-use.ts";
import type { TaskStatistics } from "../metrics/task-statistics.ts";
import { ecsPrincipal } from "../role.ts";
import { findTask } from "../tasks/task.ts";
import type { WantedStatus } from "./agent-store.ts";
import {
  agentTasks,
  forgetAgentTask,
  noteAcknowledged,
  noteSent,
  noteStatistics,
  sendAgain,
  unsentTasks,
  wantTask,
} from "./agent-tasks.ts";

/** How long an agent counts as connected after its socket was last seen open. */
const leaseLength = 1.5 * minute;

/** A socket of an agent: a new one takes the place of the one before. */
export interface AgentConnection {
  readonly instance: InClusterKey;
  /** UUID. */
  readonly connection: string;
}

/** A payload that is to go out now. */
export interface OutgoingTask {
  /** The task's id. */
  readonly task: string;
  readonly wanted: WantedStatus;
  readonly messageId: string;
  /** Greater than every number before. */
  readonly sequence: number;
}

/** What the manifest lists. */
export interface Manifest {
  /** Greater than every number before. */
  readonly timeline: number;
  readonly tasks: readonly { readonly task: string; readonly wanted: WantedStatus }[];
}

/** What agents do on their sockets, and ECS's own books of what they were told. */
export interface AgentOperations {
  /** An agent opens its socket: `ecs:Poll` on its instance. Throws `InactiveInstanceException`. */
  readonly poll: InternalOperation<
    AgentConnection & { readonly versionInfo: ecs.VersionInfo },
    unknown,
    void
  >;
  /** An agent opens its telemetry socket: `ecs:StartTelemetrySession` on its instance. */
  readonly startTelemetry: InternalOperation<{ readonly instance: InClusterKey }, never, void>;
  /** Our agent opens the socket over which commands are run in its containers: `ecs:Poll` on its instance. */
  readonly openCommands: InternalOperation<{ readonly instance: InClusterKey }, never, void>;
  /** Whether the connection still is the agent's, and something waits to be sent on it. */
  readonly look: InternalOperation<AgentConnection, never, "gone" | "waiting" | "idle">;
  /** The socket is open still. */
  readonly keep: InternalOperation<AgentConnection, unknown, void>;
  /** The socket is closed. */
  readonly lose: InternalOperation<AgentConnection, unknown, void>;
  /** What waits to be sent, with its numbers; it is not given out on this connection again. */
  readonly take: InternalOperation<AgentConnection, unknown, readonly OutgoingTask[]>;
  /** The agent has a payload. */
  readonly acknowledge: InternalOperation<
    { readonly instance: InClusterKey; readonly messageId: string },
    unknown,
    void
  >;
  /** All that the agent shall run. */
  readonly manifest: InternalOperation<{ readonly instance: InClusterKey }, unknown, Manifest>;
  /** The same without a number of its own. */
  readonly listTasks: InternalOperation<{ readonly instance: InClusterKey }, never, Pick<Manifest, "tasks">>;
  /** A task is to run, or to stop, on an instance. */
  readonly want: InternalOperation<
    { readonly instance: InClusterKey; readonly task: string; readonly wanted: WantedStatus },
    unknown,
    void
  >;
  /** A task is over. */
  readonly forget: InternalOperation<
    { readonly instance: InClusterKey; readonly task: string },
    unknown,
    void
  >;
  /** What the containers of tasks use, as the agent tells it; each telling takes the place of the one before. */
  readonly noteStatistics: InternalOperation<
    {
      readonly instance: InClusterKey;
      readonly tasks: readonly { readonly task: string; readonly statistics: TaskStatistics }[];
    },
    unknown,
    void
  >;
  /** What the containers of an instance's tasks used last, by the tasks' ids. Tasks of which nothing was told are left out. */
  readonly statistics: InternalOperation<
    { readonly instance: InClusterKey },
    never,
    ReadonlyMap<string, TaskStatistics>
  >;
  /** What the agent tells of its host's health. */
  readonly noteHealth: InternalOperation<
    { readonly instance: InClusterKey; readonly health: readonly InstanceHealth[] },
    unknown,
    void
  >;
}

const inactive = (): Fault =>
  new Fault("InactiveInstanceException", "The referenced container instance is inactive.");

export const agentOperations: AgentOperations = ((): AgentOperations => {
  const own = { service: "ecs", onlyFor: ecsPrincipal, authorise: () => [], unrecorded: true } as const;
  const onInstance = (action: string) => (input: { readonly instance: InClusterKey }) => [
    {
      action,
      resource: containerInstanceArn(input.instance),
      context: { "ecs:cluster": clusterArn(input.instance) },
    },
  ];
  return {
    poll: {
      service: "ecs",
      name: "Poll",
      authorise: onInstance("ecs:Poll"),
      async commit(tx, ctx, { instance: key, connection, versionInfo }) {
        const instance = await needActive(tx, key, ctx.now);
        await changeSeenInstance(tx, ctx, instance, {
          connection,
          connected_until: ctx.now + leaseLength,
          document: {
            ...instance.document,
            versionInfo: { ...instance.document.versionInfo, ...versionInfo },
          },
        });
        await sendAgain(tx, key);
      },
    },
    startTelemetry: {
      service: "ecs",
      name: "StartTelemetrySession",
      authorise: onInstance("ecs:StartTelemetrySession"),
      async read(ctx, { instance }) {
        await needActive(ctx.rows, instance, ctx.now);
      },
    },
    openCommands: {
      service: "ecs",
      name: "Poll",
      authorise: onInstance("ecs:Poll"),
      async read(ctx, { instance }) {
        await needActive(ctx.rows, instance, ctx.now);
      },
    },
    look: {
      ...own,
      name: "LookAtAgent",
      async read(ctx, { instance, connection }) {
        const row = await connectionOf(ctx.rows, instance);
        if (row?.connection !== connection || row.status === "INACTIVE") return "gone";
        return (await unsentTasks(ctx.rows, instance, connection)).length > 0 ? "waiting" : "idle";
      },
    },
    keep: {
      ...own,
      name: "KeepAgent",
      async commit(tx, ctx, { instance, connection }) {
        const row = await connectionOf(tx, instance);
        if (row?.connection !== connection) return;
        await changeInstance(tx, instance, { connected_until: ctx.now + leaseLength });
      },
    },
    lose: {
      ...own,
      name: "LoseAgent",
      async commit(tx, ctx, { instance, connection }) {
        const row = await connectionOf(tx, instance);
        // A newer socket has taken its place.
        if (row?.connection !== connection) return;
        const found = await findInstance(tx, instance, ctx.now);
        if (found === undefined) return;
        await changeSeenInstance(tx, ctx, found, { connection: null, connected_until: 0 });
      },
    },
    take: {
      ...own,
      name: "TakeAgentPayloads",
      async commit(tx, ctx, { instance, connection }) {
        const row = await connectionOf(tx, instance);
        if (row?.connection !== connection) return [];
        let sequence = row.sequence;
        const outgoing: OutgoingTask[] = [];
        for (const waiting of await unsentTasks(tx, instance, connection)) {
          sequence += 1;
          const messageId = uuid(ctx.random);
          await noteSent(tx, waiting, connection, messageId);
          outgoing.push({ task: waiting.task, wanted: waiting.wanted, messageId, sequence });
        }
        await changeInstance(tx, instance, { sequence });
        return outgoing;
      },
    },
    acknowledge: {
      ...own,
      name: "AcknowledgePayload",
      commit: (tx, _ctx, { instance, messageId }) => noteAcknowledged(tx, instance, messageId),
    },
    manifest: {
      ...own,
      name: "MakeTaskManifest",
      async commit(tx, _ctx, { instance }) {
        const timeline = ((await connectionOf(tx, instance))?.sequence ?? 0) + 1;
        await changeInstance(tx, instance, { sequence: timeline });
        return { timeline, tasks: await agentTasks(tx, instance) };
      },
    },
    listTasks: {
      ...own,
      name: "ListTasksOfAgent",
      read: async (ctx, { instance }) => ({ tasks: await agentTasks(ctx.rows, instance) }),
    },
    want: {
      ...own,
      name: "WantTaskOfAgent",
      commit: (tx, _ctx, { instance, task, wanted }) => wantTask(tx, instance, task, wanted),
    },
    forget: {
      ...own,
      name: "ForgetTaskOfAgent",
      commit: (tx, _ctx, { instance, task }) => forgetAgentTask(tx, instance, task),
    },
    noteStatistics: {
      ...own,
      name: "NoteTaskStatistics",
      async commit(tx, ctx, { instance, tasks }) {
        const told = new Map(
          (await agentTasks(tx, instance)).map((row) => [row.task, row.statistics] as const),
        );
        const used: Parameters<typeof publishUse>[2][number][] = [];
        for (const { task: id, statistics } of tasks) {
          const task = await findTask(tx, { ...instance, id });
          // INVARIANT: an agent tells of what runs on its own instance; of others nothing is taken.
          if (task?.containerInstance !== instance.id) continue;
          await noteStatistics(tx, instance, id, statistics);
          const before = told.get(id) ?? null;
          const earlier = before === null ? undefined : (JSON.parse(before) as TaskStatistics);
          used.push({ task, statistics, ...(earlier !== undefined && { earlier }) });
        }
        await publishUse(tx, instance, used, uuid(ctx.random), ctx.now);
      },
    },
    statistics: {
      ...own,
      name: "ReadTaskStatistics",
      async read(ctx, { instance }) {
        const rows = await agentTasks(ctx.rows, instance);
        return new Map(
          rows.flatMap(({ task, statistics }) =>
            statistics === null ? [] : [[task, JSON.parse(statistics) as TaskStatistics] as const],
          ),
        );
      },
    },
    noteHealth: {
      ...own,
      name: "NoteHostHealth",
      async commit(tx, ctx, { instance: key, health }) {
        const instance = await findInstance(tx, key, ctx.now);
        if (instance === undefined) return;
        await changeInstance(tx, key, { document: { ...instance.document, health } });
      },
    },
  };
})();

/** Throws `InactiveInstanceException`, also for an instance that is not there: its agent is to give up. */
async function needActive(rows: Rows, key: InClusterKey, now: number): Promise<ContainerInstance> {
  const instance = await findInstance(rows, key, now);
  if (instance === undefined || instance.status === "INACTIVE") throw inactive();
  return instance;
}

/** The columns that say who holds an agent's socket. */
function connectionOf(rows: Rows, { id, ...cluster }: InClusterKey) {
  return rows
    .tables<InstanceTables>()
    .selectFrom("ecs_container_instance")
    .select(["connection", "status", "sequence"])
    .where((row) => row.and({ ...clusterColumns(cluster), id }))
    .executeTakeFirst();
}
