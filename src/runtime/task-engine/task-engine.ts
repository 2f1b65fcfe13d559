import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../../kernel/clock.ts";
import type { Random } from "../../kernel/random.ts";
import { type ContainerEngine, isEngineError } from "../engine/port.ts";
import type { ContainerExec } from "../exec.ts";
import type { TaskNetworks } from "../network/port.ts";
import type { DialFromTask } from "../network/task-dial.ts";
import type { TrafficPlace } from "../network/traffic.ts";
import type { HostCapacity, ReportSink, TaskRuntime, TaskSpec } from "../task.ts";
import { containerExec } from "./container-exec.ts";
import { installationLabel, kindLabel, taskLabel } from "./labels.ts";
import type { HostAllowances, TaskEndpoint, TaskLogs, TaskResources } from "./ports.ts";
import { TaskActor } from "./task-actor.ts";
import type { TaskLimits } from "./task-cgroups.ts";
import { type ContainerView, type TaskView, viewOf } from "./view.ts";

/** What a task engine needs of the rest of the house. */
export interface TaskEnginePorts {
  readonly engine: ContainerEngine;
  readonly network: TaskNetworks;
  /** Without it, nobody calls from where a container is. */
  readonly dial?: DialFromTask;
  readonly resources: TaskResources;
  readonly logs: TaskLogs;
  readonly endpoint: TaskEndpoint;
  readonly report: ReportSink;
  readonly allowances: HostAllowances;
  /** Without it, a task's limits are put on each of its containers. */
  readonly limits?: TaskLimits;
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
  readonly exec: ContainerExec;
  /** The task and container whose metadata address ends so. */
  findContainer(
    endpointId: string,
  ): { readonly task: TaskView; readonly container: ContainerView } | undefined;
  findTask(taskArn: string): TaskView | undefined;
  tasks(): readonly TaskView[];
  /** One sample of the engine's statistics, as the engine words it; undefined for what does not run. */
  stats(endpointId: string): Promise<unknown>;
}

/** How long until the engine's events are listened to again, in milliseconds. */
const listenAgainAfter = 500;

/** Events after which a container is looked at. Health probes make many more, which say nothing. */
const telling = /^(start|die|oom|stop|kill|destroy|restart|health_status)/;

/** Runs tasks on a container engine: one actor a task. */
export function createTaskEngine(ports: TaskEnginePorts): TaskEngine {
  return new Tasks(ports);
}

class Tasks implements TaskEngine {
  readonly exec: ContainerExec;
  readonly #ports: TaskEnginePorts;
  readonly #actors = new Map<string, Promise<TaskActor>>();
  /** Those of `#actors` that have begun. */
  readonly #begun = new Map<string, TaskActor>();
  readonly #closing = new AbortController();
  #listening: Promise<void> | undefined;

  constructor(ports: TaskEnginePorts) {
    this.#ports = ports;
    this.exec = containerExec(ports.engine, (taskArn) => this.findTask(taskArn), ports.dial);
  }

  async start(task: TaskSpec): Promise<void> {
    const known = this.#actors.get(task.taskArn);
    if (known !== undefined) return void (await known);
    this.#listening ??= this.#listen();
    const actor = this.#adopt(task);
    this.#actors.set(task.taskArn, actor);
    try {
      await actor;
    } catch (error) {
      this.#actors.delete(task.taskArn);
      this.#begun.delete(task.taskArn);
      throw error;
    }
  }

  async stop(taskArn: string): Promise<void> {
    const actor = await this.#actors.get(taskArn);
    actor?.stop();
  }

  async remove(taskArn: string): Promise<void> {
    const actor = await this.#actors.get(taskArn);
    this.#actors.delete(taskArn);
    this.#begun.delete(taskArn);
    await actor?.close();
    const { engine, network, installation } = this.#ports;
    const labels = { [installationLabel]: installation, [taskLabel]: taskArn };
    const containers = await engine.listContainers(labels);
    const members = containers.filter((container) => container.labels[kindLabel] === "container");
    await Promise.all(members.map(({ id }) => engine.removeContainer(id)));
    await network.detach(taskArn);
    await this.#ports.limits?.release(taskArn.split("/").at(-1) ?? "");
    const volumes = await engine.listVolumes(labels);
    await Promise.all(volumes.map(({ name }) => engine.removeVolume(name)));
  }

  async keepOnly(taskArns: ReadonlySet<string>): Promise<void> {
    const { engine, network, installation } = this.#ports;
    const mine = { [installationLabel]: installation };
    const [containers, volumes] = await Promise.all([engine.listContainers(mine), engine.listVolumes(mine)]);
    const there = [...containers, ...volumes].flatMap(({ labels }) => labels[taskLabel] ?? []);
    const left = new Set(there.filter((taskArn) => !taskArns.has(taskArn)));
    for (const taskArn of left) await this.remove(taskArn);
    await network.sweep();
  }

  async unavailable(): Promise<string | undefined> {
    try {
      await this.#ports.engine.version();
      return undefined;
    } catch (error) {
      if (!isEngineError(error)) throw error;
      return `the container engine does not answer: ${error.message}`;
    }
  }

  async capacity(): Promise<HostCapacity | undefined> {
    try {
      return await this.#ports.engine.capacity();
    } catch (error) {
      if (!isEngineError(error)) throw error;
      return undefined;
    }
  }

  trafficChanged(network: TrafficPlace): Promise<void> {
    return this.#ports.network.trafficChanged(network);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const actors = await Promise.allSettled(this.#actors.values());
    await Promise.all(
      actors.map((actor) => (actor.status === "fulfilled" ? actor.value.close() : undefined)),
    );
    await this.#listening;
    await this.#ports.network.close();
  }

  findContainer(endpointId: string): { task: TaskView; container: ContainerView } | undefined {
    for (const actor of this.#begun.values()) {
      if (!actor.progress.containers.some((container) => container.endpointId === endpointId)) continue;
      const task = viewOf(actor.progress, actor.network);
      const container = task.containers.find((view) => view.endpointId === endpointId);
      if (container !== undefined) return { task, container };
    }
    return undefined;
  }

  findTask(taskArn: string): TaskView | undefined {
    const actor = this.#begun.get(taskArn);
    return actor && viewOf(actor.progress, actor.network);
  }

  tasks(): readonly TaskView[] {
    return [...this.#begun.values()].map((actor) => viewOf(actor.progress, actor.network));
  }

  async stats(endpointId: string): Promise<unknown> {
    const container = this.findContainer(endpointId)?.container;
    if (container?.dockerId === undefined || container.knownStatus !== "RUNNING") return undefined;
    return this.#ports.engine.stats(container.dockerId);
  }

  /** Makes the task's actor, with what the engine has of the task already. */
  async #adopt(task: TaskSpec): Promise<TaskActor> {
    const { engine, installation } = this.#ports;
    const labels = { [installationLabel]: installation, [taskLabel]: task.taskArn };
    const found = await engine.listContainers(labels);
    const actor = new TaskActor(this.#ports, task, found);
    // Before it looks for the first time, so that no event falls between.
    this.#begun.set(task.taskArn, actor);
    await actor.begin(found);
    return actor;
  }

  /** Hears what happens to containers; looks at all of them whenever something may have been missed. */
  async #listen(): Promise<void> {
    const { engine, installation, log } = this.#ports;
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        // The version is agreed on anew: another engine may have come back.
        await engine.version();
        const events = await engine.events({ labels: { [installationLabel]: installation }, signal });
        for (const actor of this.#begun.values()) actor.lookAtAll();
        for await (const { action, containerId, labels } of events) {
          if (!telling.test(action)) continue;
          this.#begun.get(labels[taskLabel] ?? "")?.look(containerId, labels[kindLabel]);
        }
      } catch (error) {
        if (!isEngineError(error, "unreachable") && !signal.aborted) {
          log.error({ err: error }, "the engine's events broke off");
        }
      }
      await delay(listenAgainAfter, undefined, { signal }).catch(() => {});
    }
  }
}
