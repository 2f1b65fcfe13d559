import type { EngineContainer } from "../engine/port.ts";
import type { ContainerSpec, TaskSpec } from "../task.ts";

/**
 * How far a task has come on this engine. A value: `advance` makes the next one from what happened, `decide` says from
 * it what is to be done, `reportOf` what is told.
 */
export interface TaskProgress {
  readonly spec: TaskSpec;
  /** Somebody wants it stopped. */
  readonly stopWanted: boolean;
  /** Why the task as a whole cannot go on. */
  readonly failure?: string;
  /** Network, volumes and log sinks. `made`: containers can be created; `done`: they can start. */
  readonly preparation: "none" | "under-way" | "made" | "done";
  readonly containers: readonly ContainerProgress[];
  /** All its containers ran or had run at one moment, before it was stopping. */
  readonly reachedRunning: boolean;
  /** Epoch ms, as all times here. */
  readonly pullStartedAt?: number;
  readonly pullStoppedAt?: number;
  readonly executionStoppedAt?: number;
}

/** `-ing` phases are work under way, whose outcome is an event to come. */
export type Phase =
  | "waiting"
  | "pulling"
  | "pulled"
  | "creating"
  | "created"
  | "starting"
  | "running"
  | "stopping"
  | "stopped";

export interface ContainerProgress {
  readonly spec: ContainerSpec;
  readonly endpointId: string;
  readonly phase: Phase;
  readonly imageId?: string;
  readonly imageDigest?: string;
  /** As the engine last showed it. */
  readonly seen?: EngineContainer;
  /** When it first ran. */
  readonly startedAt?: number;
  readonly exitCode?: number;
  readonly reason?: string;
  readonly restarts: number;
  /** Its output is delivered. */
  readonly flushed: boolean;
}

/** What happened. */
export type TaskEvent =
  | { readonly kind: "stop-wanted" }
  | { readonly kind: "preparing" }
  /** What containers are created with is there, their network not yet up. */
  | { readonly kind: "made" }
  | { readonly kind: "prepared" }
  | { readonly kind: "failed"; readonly reason: string; readonly at: number }
  | ContainerEvent;

export type ContainerEvent = { readonly container: string } & (
  | { readonly kind: "pulling"; readonly at: number }
  | { readonly kind: "pulled"; readonly at: number; readonly imageId: string; readonly imageDigest?: string }
  | { readonly kind: "creating" | "starting" | "stopping" | "flushed" }
  /** The engine showed it: created, running or exited. */
  | { readonly kind: "seen"; readonly as: EngineContainer }
  /** Somebody removed it. */
  | { readonly kind: "vanished"; readonly at: number }
  /** It will not run: a pull, a creation, a start or a dependency failed, or the task stops before its turn. */
  | {
      readonly kind: "given-up";
      readonly at: number;
      readonly reason?: string;
      readonly exitCode?: number;
      readonly pullStopped?: true;
    }
);

/** A task of which nothing has happened yet. @param endpointIds one a container, in their order. */
export function newProgress(spec: TaskSpec, endpointIds: readonly string[]): TaskProgress {
  return {
    spec,
    stopWanted: false,
    preparation: "none",
    reachedRunning: false,
    containers: spec.containers.map((container, index) => ({
      spec: container,
      endpointId: endpointIds[index] ?? "",
      phase: "waiting",
      restarts: 0,
      flushed: false,
    })),
  };
}

const isEssential = (container: ContainerProgress): boolean => container.spec.definition.essential !== false;

/** Whether the task is on its way out: wanted so, failed, or an essential container has stopped. */
export const isStopping = (task: TaskProgress): boolean =>
  task.stopWanted ||
  task.failure !== undefined ||
  task.containers.some((container) => isEssential(container) && container.phase === "stopped");

/** Whether nothing of it runs and all its output is delivered. */
export const isFinished = (task: TaskProgress): boolean =>
  task.containers.every((container) => container.phase === "stopped" && container.flushed);

/** The state after an event. Events may repeat and come late: what is older than the state changes nothing. */
export function advance(task: TaskProgress, event: TaskEvent): TaskProgress {
  const next = "container" in event ? advanceContainers(task, event) : advanceTask(task, event);
  const running =
    !isStopping(next) &&
    next.containers.every(
      (container) => container.startedAt !== undefined || container.phase === "stopped",
    ) &&
    next.containers.some((container) => container.startedAt !== undefined);
  return running && !next.reachedRunning ? { ...next, reachedRunning: true } : next;
}

function advanceTask(task: TaskProgress, event: Exclude<TaskEvent, ContainerEvent>): TaskProgress {
  switch (event.kind) {
    case "stop-wanted":
      return { ...task, stopWanted: true };
    case "preparing":
      return { ...task, preparation: "under-way" };
    case "made":
      return { ...task, preparation: "made" };
    case "prepared":
      return { ...task, preparation: "done" };
    case "failed":
      return {
        ...task,
        failure: task.failure ?? event.reason,
        preparation: task.preparation === "done" ? "done" : "none",
        executionStoppedAt: task.executionStoppedAt ?? event.at,
      };
  }
}

function advanceContainers(task: TaskProgress, event: ContainerEvent): TaskProgress {
  const stopping = isStopping(task);
  const containers = task.containers.map((container) =>
    container.spec.definition.name === event.container
      ? advanceContainer(container, event, stopping)
      : container,
  );
  const next = { ...task, containers, ...pullTimes(task, event) };
  if (next.executionStoppedAt !== undefined) return next;
  const ended = containers.find((container) => isEssential(container) && container.phase === "stopped");
  const at = ended?.seen?.finishedAt ?? ("at" in event ? event.at : undefined);
  return ended?.startedAt === undefined || at === undefined
    ? next
    : { ...next, executionStoppedAt: Math.floor(at) };
}

function pullTimes(
  task: TaskProgress,
  event: ContainerEvent,
): Pick<TaskProgress, "pullStartedAt" | "pullStoppedAt"> {
  if (event.kind === "pulling") {
    return { pullStartedAt: task.pullStartedAt ?? event.at, pullStoppedAt: task.pullStoppedAt };
  }
  const stopped = event.kind === "pulled" || (event.kind === "given-up" && event.pullStopped === true);
  return { pullStartedAt: task.pullStartedAt, pullStoppedAt: stopped ? event.at : task.pullStoppedAt };
}

const order: readonly Phase[] = [
  "waiting",
  "pulling",
  "pulled",
  "creating",
  "created",
  "starting",
  "running",
  "stopping",
  "stopped",
];

const before = (container: ContainerProgress, phase: Phase): boolean =>
  order.indexOf(container.phase) < order.indexOf(phase);

function advanceContainer(
  container: ContainerProgress,
  event: ContainerEvent,
  taskStops: boolean,
): ContainerProgress {
  if (event.kind === "flushed") return { ...container, flushed: true };
  // INVARIANT: nothing comes back from stopped.
  if (container.phase === "stopped") return container;
  switch (event.kind) {
    case "pulling":
    case "creating":
    case "starting":
    case "stopping":
      return before(container, event.kind) ? { ...container, phase: event.kind } : container;
    case "pulled":
      return {
        ...container,
        phase: before(container, "pulled") ? "pulled" : container.phase,
        imageId: event.imageId,
        imageDigest: event.imageDigest,
      };
    case "given-up":
      return { ...container, phase: "stopped", reason: event.reason, exitCode: event.exitCode };
    case "vanished":
      return { ...container, phase: "stopped", reason: container.reason ?? vanished };
    case "seen":
      return sawContainer(container, event.as, taskStops);
  }
}

/** Name from the agent (`ContainerVanishedError`), text ours. */
const vanished = "ContainerVanishedError: the container was removed from the engine";

/** AWS: the agent's text for a container that the kernel killed. */
const outOfMemory = "OutOfMemoryError: Container killed due to memory usage";

/** What a process that got KILL exits with. */
const killed = 137;

function sawContainer(
  container: ContainerProgress,
  seen: EngineContainer,
  taskStops: boolean,
): ContainerProgress {
  // The engine calls every stopped container unhealthy; what counts is what it was while it ran.
  const health = seen.phase === "running" ? seen.health : container.seen?.health;
  const next = { ...container, seen: { ...seen, health }, imageId: container.imageId ?? seen.imageId };
  const started = seen.startedAt === undefined ? {} : { startedAt: container.startedAt ?? seen.startedAt };
  switch (seen.phase) {
    case "created":
      return before(container, "created") ? { ...next, phase: "created" } : next;
    case "running":
      return { ...next, ...started, phase: before(container, "running") ? "running" : container.phase };
    case "exited":
    case "gone":
      // It exited in an earlier run and is being started again.
      if (!before(container, "created") && before(container, "running") && isSameRun(container.seen, seen)) {
        return container;
      }
      if (!taskStops && container.phase !== "stopping" && restarts(container, seen)) {
        return { ...next, ...started, phase: "created", restarts: container.restarts + 1 };
      }
      return {
        ...next,
        ...started,
        phase: "stopped",
        exitCode: seen.exitCode,
        // The kernel tells all containers of a task that one ran out of memory.
        reason: seen.oomKilled && seen.exitCode === killed ? outOfMemory : container.reason,
      };
  }
}

const isSameRun = (one: EngineContainer | undefined, other: EngineContainer): boolean =>
  one?.phase === other.phase && one.startedAt === other.startedAt;

/**
 * Whether an exit is followed by a restart (Amazon ECS Developer Guide, "Container restart policies"): not after an
 * ignored exit code, nor when it ran for less than `restartAttemptPeriod` seconds, 60 by default.
 */
function restarts({ spec }: ContainerProgress, seen: EngineContainer): boolean {
  const policy = spec.definition.restartPolicy;
  if (policy?.enabled !== true || seen.startedAt === undefined || seen.finishedAt === undefined) return false;
  if (policy.ignoredExitCodes?.includes(seen.exitCode) === true) return false;
  return seen.finishedAt - seen.startedAt >= (policy.restartAttemptPeriod ?? 60) * 1000;
}
