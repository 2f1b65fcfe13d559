import type { ContainerReport, TaskReport } from "../../../runtime/task.ts";
import { changedAgent } from "../exec/exec-agent.ts";
import type { TaskChange } from "./change.ts";
import { type StopCause, stopping } from "./stop.ts";
import type { Task, TaskContainer } from "./task.ts";

/** How far a container has come: it never goes back. */
const rank = { PENDING: 0, RUNNING: 1, STOPPED: 2 } as const;

/**
 * What a report changes of a task; nothing when it tells nothing new. Reports come at least once and in any order, so
 * what they say only ever moves a task and its containers on.
 * @param now epoch ms.
 */
export function applyReport(task: Task, report: TaskReport, now: number): TaskChange {
  if (task.lastStatus === "STOPPED") return {};
  const containers = mergeContainers(task.document.containers, report, now);
  const { document } = task;
  const told = {
    containers,
    connectivityAt: document.connectivityAt ?? now,
    pullStartedAt: document.pullStartedAt ?? report.pullStartedAt,
    pullStoppedAt: document.pullStoppedAt ?? report.pullStoppedAt,
    executionStoppedAt: document.executionStoppedAt ?? report.executionStoppedAt,
  };
  if (report.status === "STOPPED")
    return stopped({ ...task, document: { ...document, ...told } }, report, now);
  const begins =
    report.status === "RUNNING" && (task.lastStatus === "PENDING" || task.lastStatus === "ACTIVATING");
  if (!begins) return { document: told };
  return { lastStatus: "RUNNING", document: { ...told, startedAt: document.startedAt ?? now } };
}

/** AWS: the interface goes before the task is STOPPED; a task without one is STOPPED at once. */
function stopped(task: Task, report: TaskReport, now: number): TaskChange {
  if (task.lastStatus === "DEPROVISIONING") return { document: task.document };
  const { document } = task;
  const cause = document.stopCode === undefined ? stopping(now, causeOf(task, report)) : {};
  const ran = document.containers.some(({ exitCode }) => exitCode !== undefined);
  return {
    desiredStatus: "STOPPED",
    ...leaving(task, now),
    document: {
      ...document,
      ...cause,
      executionStoppedAt: document.executionStoppedAt ?? (ran ? now : undefined),
    },
  };
}

/** The status of a task that has nothing running any more. */
export function leaving(task: Task, now: number): Pick<TaskChange, "lastStatus" | "stoppedAt"> {
  return needsDeprovisioning(task)
    ? { lastStatus: "DEPROVISIONING" }
    : { lastStatus: "STOPPED", stoppedAt: now };
}

/** Whether the task has an interface that is still to be given back. */
function needsDeprovisioning({ document: { attachment } }: Task): boolean {
  return attachment !== undefined && attachment.status !== "DELETED" && attachment.status !== "FAILED";
}

/** Why a task stopped that nobody asked to: stop code and texts as AWS shows them. */
function causeOf(task: Task, report: TaskReport): StopCause {
  if (report.reason !== undefined && report.reason !== "") {
    const stopCode = task.document.startedAt === undefined ? "TaskFailedToStart" : "EssentialContainerExited";
    return { stopCode, reason: report.reason };
  }
  const failed = task.document.containers.find(failedToStart);
  if (failed !== undefined && task.document.startedAt === undefined) {
    // AWS: Fargate shows the container's reason; on instances the containers say it themselves.
    const reason = task.launchType === "FARGATE" ? (failed.reason ?? "") : "Task failed to start";
    return { stopCode: "TaskFailedToStart", reason };
  }
  return { stopCode: "EssentialContainerExited", reason: "Essential container in task exited" };
}

/** A container that never ran, or could not; one that ran out of memory did run. */
function failedToStart({ reason = "", exitCode }: TaskContainer): boolean {
  if (reason === "") return false;
  return exitCode === undefined || /^Cannot(Start|Create|Pull)/.test(reason);
}

function mergeContainers(
  have: readonly TaskContainer[],
  report: TaskReport,
  now: number,
): readonly TaskContainer[] {
  const merged = new Map(have.map((container) => [container.name, container]));
  // In their order: one container may be told of twice, as RUNNING and then as STOPPED.
  for (const told of report.containers) {
    const container = merged.get(told.name);
    if (container !== undefined) merged.set(told.name, mergeContainer(container, told));
  }
  const agents = new Map((report.execAgents ?? []).map((told) => [told.container, told]));
  return [...merged.values()].map((container) => {
    const { execAgent, name } = container;
    const status = report.status === "STOPPED" ? "STOPPED" : container.status;
    if (execAgent === undefined) return { ...container, status };
    return {
      ...container,
      status,
      execAgent: changedAgent(execAgent, status === "STOPPED", agents.get(name), now),
    };
  });
}

function mergeContainer(container: TaskContainer, told: ContainerReport): TaskContainer {
  if (rank[told.status] < rank[container.status]) return container;
  const ended = told.status === "STOPPED";
  return {
    ...container,
    status: told.status,
    runtimeId: told.runtimeId ?? container.runtimeId,
    imageDigest: told.imageDigest ?? container.imageDigest,
    // AWS: a container that runs has the list, though it publishes nothing (captured).
    networkBindings:
      told.networkBindings ?? container.networkBindings ?? (told.status === "RUNNING" ? [] : undefined),
    health: told.health ?? container.health,
    // AWS: of a container that runs neither is a failure; only STOPPED is (observed of the agent).
    exitCode: ended ? (told.exitCode ?? container.exitCode) : container.exitCode,
    reason: ended ? told.reason || container.reason : container.reason,
  };
}
