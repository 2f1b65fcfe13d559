import type { ContainerMount, EngineHealth, PublishedPort } from "../engine/port.ts";
import type { ContainerSpec, ReportedStatus, TaskSpec } from "../task.ts";

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
