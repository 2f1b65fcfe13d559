import type { ContainerMount, EngineHealth, PublishedPort } from "../engine/port.ts";
import type { TaskNetwork } from "../network/port.ts";
import type { ContainerSpec, ReportedStatus, TaskSpec } from "../task.ts";
import { shownLabels } from "./labels.ts";
import { type ContainerProgress, isFinished, isStopping, type TaskProgress } from "./progress.ts";

/** A task as it stands, for those who show it (task metadata, agents). */
export interface TaskView {
  readonly spec: TaskSpec;
  readonly desiredStatus: "RUNNING" | "STOPPED";
  readonly knownStatus: ContainerStatus;
  /** Epoch ms. */
  readonly pullStartedAt?: number;
  readonly pullStoppedAt?: number;
  readonly executionStoppedAt?: number;
  readonly containers: readonly ContainerView[];
  /** The container that holds the task's network, when there is one. */
  readonly pause?: PauseView;
}

/** AWS: the states of a container in task metadata ("Amazon ECS task metadata endpoint version 4"). */
export type ContainerStatus = "NONE" | "PULLED" | "CREATED" | ReportedStatus;

export interface ContainerView {
  readonly spec: ContainerSpec;
  /** As in the container's metadata address. */
  readonly endpointId: string;
  readonly desiredStatus: "RUNNING" | "STOPPED";
  readonly knownStatus: ContainerStatus;
  /** The engine's id and name; absent before it is created. */
  readonly dockerId?: string;
  readonly dockerName?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly imageId?: string;
  readonly imageDigest?: string;
  readonly exitCode?: number;
  readonly createdAt?: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly restartCount: number;
  readonly health?: EngineHealth;
  readonly ports: readonly PublishedPort[];
  readonly mounts: readonly ContainerMount[];
  /** Addresses in the networks it is in, except the task's own interface, which the spec has. */
  readonly addresses: readonly string[];
}

export interface PauseView {
  readonly dockerId: string;
  readonly dockerName: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly imageId: string;
  readonly createdAt: number;
  readonly startedAt?: number;
}

/** A task's progress as it is shown. */
export function viewOf(task: TaskProgress, network: TaskNetwork | undefined): TaskView {
  const desiredStatus = isStopping(task) ? "STOPPED" : "RUNNING";
  return {
    spec: task.spec,
    desiredStatus,
    knownStatus: isFinished(task) ? "STOPPED" : lowestStatus(task),
    pullStartedAt: task.pullStartedAt,
    pullStoppedAt: task.pullStoppedAt,
    executionStoppedAt: task.executionStoppedAt,
    containers: task.containers.map((container) => containerView(container, desiredStatus)),
    pause: network?.pause,
  };
}

const statuses: readonly ContainerStatus[] = ["NONE", "PULLED", "CREATED", "RUNNING"];

/** AWS: a task is as far as the container that is least far, those that have stopped aside. */
function lowestStatus(task: TaskProgress): ContainerStatus {
  const known = new Set(task.containers.map(statusOf));
  return statuses.find((status) => known.has(status)) ?? "RUNNING";
}

function statusOf({ phase }: ContainerProgress): ContainerStatus {
  switch (phase) {
    case "waiting":
    case "pulling":
      return "NONE";
    case "pulled":
    case "creating":
      return "PULLED";
    case "created":
    case "starting":
      return "CREATED";
    case "running":
    case "stopping":
      return "RUNNING";
    case "stopped":
      return "STOPPED";
  }
}

function containerView(container: ContainerProgress, desiredStatus: "RUNNING" | "STOPPED"): ContainerView {
  const { spec, seen, endpointId, imageId, imageDigest, exitCode, startedAt, restarts } = container;
  return {
    spec,
    endpointId,
    desiredStatus: container.phase === "stopped" ? "STOPPED" : desiredStatus,
    knownStatus: statusOf(container),
    dockerId: seen?.id,
    dockerName: seen?.name,
    labels: shownLabels(seen?.labels ?? {}),
    imageId,
    imageDigest,
    exitCode,
    createdAt: seen?.createdAt,
    startedAt,
    finishedAt: container.phase === "stopped" ? seen?.finishedAt : undefined,
    restartCount: restarts,
    health: spec.definition.healthCheck === undefined ? undefined : seen?.health,
    ports: seen?.ports ?? [],
    mounts: seen?.mounts ?? [],
    addresses: (seen?.networks ?? []).map(({ address }) => address).filter((address) => address !== ""),
  };
}
