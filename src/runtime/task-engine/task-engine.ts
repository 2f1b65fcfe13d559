import type { Clock } from "../../kernel/clock.ts";
import type { Random } from "../../kernel/random.ts";
import type { ContainerEngine } from "../engine/port.ts";
import type { TaskNetworks } from "../network/port.ts";
import type { ReportSink, TaskRuntime } from "../task.ts";
import type { HostAllowances, TaskEndpoint, TaskLogs, TaskResources } from "./ports.ts";
import type { ContainerView, TaskView } from "./view.ts";

/** What a task engine needs of the rest of the house. */
export interface TaskEnginePorts {
  readonly engine: ContainerEngine;
  readonly network: TaskNetworks;
  readonly resources: TaskResources;
  readonly logs: TaskLogs;
  readonly endpoint: TaskEndpoint;
  readonly report: ReportSink;
  readonly allowances: HostAllowances;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: RuntimeLog;
  /**
   * Names this installation on the engine: containers with another installation's label are never looked at. 32
   * hexadecimal digits, kept in the data folder.
   */
  readonly installation: string;
}

/** One line for what an operator should know. */
export interface RuntimeLog {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** The tasks of one container engine. */
export interface TaskEngine extends TaskRuntime {
  /** The task and container whose metadata address ends so. */
  findContainer(
    endpointId: string,
  ): { readonly task: TaskView; readonly container: ContainerView } | undefined;
  findTask(taskArn: string): TaskView | undefined;
  tasks(): readonly TaskView[];
  /** One sample of the engine's statistics, as the engine words it; undefined for what does not run. */
  stats(endpointId: string): Promise<unknown>;
}

/** Runs tasks on a container engine: one actor a task. */
export declare function createTaskEngine(ports: TaskEnginePorts): TaskEngine;
