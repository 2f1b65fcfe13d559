import { setTimeout as delay } from "node:timers/promises";
import type { ContainerSummary, EngineContainer } from "../engine/port.ts";
import { EngineError, isEngineError } from "../engine/port.ts";
import type { TaskNetwork } from "../network/port.ts";
import type { ContainerSpec, TaskSpec } from "../task.ts";
import { containerSettings, defaultStopTimeout, isReadByUs } from "./container-settings.ts";
import { type Action, decide } from "./decide.ts";
import { digestOf, pullImage } from "./image-pull.ts";
import { containerLabel, endpointLabel, engineName, kindLabel } from "./labels.ts";
import { LogFollower } from "./log-follower.ts";
import { ContainerFailure, type LogSink, TaskFailure } from "./ports.ts";
import {
  advance,
  type ContainerProgress,
  isFinished,
  isStopping,
  newProgress,
  type TaskEvent,
  type TaskProgress,
} from "./progress.ts";
import { reportOf } from "./report.ts";
import { ReportQueue } from "./report-queue.ts";
import type { TaskEnginePorts } from "./task-engine.ts";
import { type VolumePlace, volumePlace } from "./volumes.ts";

/** How long until an engine that was away is asked again, in milliseconds: doubling. */
const firstWait = 250;
const longestWait = 5000;

/**
 * Runs one task: keeps its progress, begins what `decide` says, and tells of every change. One writer of one state;
 * everything that happens comes in as an event.
 */
export class TaskActor {
  readonly #ports: TaskEnginePorts;
  readonly #reports: ReportQueue;
  readonly #closing = new AbortController();
  readonly #sinks = new Map<string, Promise<LogSink | undefined>>();
  readonly #followers = new Map<string, LogFollower>();
  readonly #pulls = new Map<string, AbortController>();
  /** Looks at one container go one after the other, so that none overtakes a later one. */
  readonly #looks = new Map<string, Promise<void>>();
  readonly #volumes = new Map<string, string>();
  #network: TaskNetwork | undefined;
  /** What is being made: the task may fail meanwhile, and what is made then must be there to be removed. */
  readonly #making = new Set<Promise<unknown>>();
  #cgroupParent: string | undefined;
  #progress: TaskProgress;
  #timer: NodeJS.Timeout | undefined;

  constructor(ports: TaskEnginePorts, task: TaskSpec, found: readonly ContainerSummary[]) {
    this.#ports = ports;
    this.#reports = new ReportQueue(ports.report, ports.log);
    const endpointIds = task.containers.map(
      ({ definition }) =>
        found.find(
          ({ labels }) => labels[containerLabel] === definition.name && labels[kindLabel] === "container",
        )?.labels[endpointLabel] ?? ports.random.bytes(16).toString("hex"),
    );
    this.#progress = newProgress(task, endpointIds);
  }

  get progress(): TaskProgress {
    return this.#progress;
  }

  get network(): TaskNetwork | undefined {
    return this.#network;
  }

  /** Goes on with the containers that are there, and makes the rest. */
  async begin(found: readonly ContainerSummary[]): Promise<void> {
    const members = found.filter(({ labels }) => labels[kindLabel] === "container");
    for (const { id, labels } of members) {
      const seen = await this.#ports.engine.inspectContainer(id);
      const container = this.#progress.containers.find(
        ({ spec }) => spec.definition.name === labels[containerLabel],
      );
      if (seen === undefined || container === undefined) continue;
      const image = await this.#ports.engine.inspectImage(seen.imageId);
      const reference = container.spec.definition.image;
      this.#note({
        kind: "pulled",
        container: container.spec.definition.name,
        at: this.#ports.clock.now(),
        imageId: seen.imageId,
        imageDigest: container.spec.imageDigest ?? (image && digestOf(image, reference)),
      });
      this.#noteSeen(container.spec.definition.name, seen);
    }
    this.#step();
  }

  stop(): void {
    this.#apply({ kind: "stop-wanted" });
  }

  /** Something happened to a container of the task: looks at it. */
  look(id: string, kind: string | undefined): void {
    if (kind === "pause") void this.#guard(() => this.#lookAtPause());
    else {
      const container = this.#progress.containers.find(({ seen }) => seen?.id === id);
      if (container !== undefined) void this.#guard(() => this.#look(container.spec.definition.name, id));
    }
  }

  /** Looks at everything: the engine was away, and events were missed. */
  lookAtAll(): void {
    for (const { seen, spec, phase } of this.#progress.containers) {
      if (seen === undefined || phase === "stopped") continue;
      void this.#guard(() => this.#look(spec.definition.name, seen.id));
    }
    void this.#guard(() => this.#lookAtPause());
  }

  /** Lets go; the containers run on. */
  async close(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#timer);
    for (const pull of this.#pulls.values()) pull.abort();
    await Promise.all([...this.#followers.values()].map((follower) => follower.leave()));
    await Promise.all(this.#making);
    await this.#reports.close();
  }

  /** Notes an event, tells of it, and does what follows. */
  #apply(event: TaskEvent): void {
    this.#note(event);
    this.#step();
  }

  #note(event: TaskEvent): void {
    if (this.#closing.signal.aborted) return;
    this.#progress = advance(this.#progress, event);
    if (worthTelling(this.#progress)) this.#reports.push(reportOf(this.#progress));
  }

  #step(): void {
    if (this.#closing.signal.aborted) return;
    const { actions, wakeAt } = decide(this.#progress, this.#ports.clock.now());
    clearTimeout(this.#timer);
    if (wakeAt !== undefined) {
      this.#timer = setTimeout(() => this.#step(), Math.max(1, wakeAt - this.#ports.clock.now()));
    }
    for (const action of actions) void this.#guard(() => this.#begin(action));
  }

  /** Work whose end is awaited by nobody: what goes wrong unforeseen ends the task, with the reason in the log. */
  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (this.#closing.signal.aborted) return;
      const { taskArn } = this.#progress.spec;
      this.#ports.log.error({ err: error, task: taskArn }, "a step of a task failed");
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#closing.signal.aborted) return;
    const text = error instanceof Error ? error.message : String(error);
    const reason = error instanceof TaskFailure ? text : `ResourceInitializationError: ${text}`;
    this.#apply({ kind: "failed", reason, at: this.#ports.clock.now() });
  }

  async #begin(action: Action): Promise<void> {
    const at = this.#ports.clock.now();
    switch (action.kind) {
      case "prepare":
        this.#note({ kind: "preparing" });
        return this.#prepare();
      case "pull":
        this.#note({ kind: "pulling", container: action.container, at });
        return this.#pull(this.#specOf(action.container));
      case "create":
        this.#note({ kind: "creating", container: action.container });
        return this.#create(this.#containerOf(action.container));
      case "start":
        this.#note({ kind: "starting", container: action.container });
        return this.#start(this.#containerOf(action.container));
      case "stop":
        this.#note({ kind: "stopping", container: action.container });
        return this.#stop(this.#containerOf(action.container));
      case "give-up": {
        this.#pulls.get(action.container)?.abort();
        const { container, reason, exitCode } = action;
        return this.#apply({ kind: "given-up", container, at, reason, exitCode });
      }
      case "flush":
        return this.#flush(this.#containerOf(action.container));
    }
  }

  async #prepare(): Promise<void> {
    const { spec } = this.#progress;
    const { network, installation, allowances } = this.#ports;
    try {
      const places = (spec.volumes ?? []).map(
        (volume) => [volume.name ?? "", volumePlace(spec, volume, installation, allowances)] as const,
      );
      const [held, cgroupParent] = await Promise.all([
        this.#make(() => network.hold(spec)),
        this.#persist(async () => this.#ports.limits?.hold(spec)),
        ...places.map(([name, place]) => this.#make(() => this.#makeVolume(name, place))),
        ...spec.containers.map((container) => this.#sinkOf(container)),
      ]);
      this.#network = held;
      this.#cgroupParent = cgroupParent;
      this.#apply({ kind: "made" });
      this.#network = await this.#make(() => network.attach(spec, held));
      this.#apply({ kind: "prepared" });
      for (const { startedAt, seen, phase, spec: container } of this.#progress.containers) {
        // Adopted while it ran.
        if (startedAt !== undefined && seen !== undefined && phase === "running") {
          await this.#follow(container, seen.id);
        }
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  async #makeVolume(name: string, place: VolumePlace): Promise<void> {
    if (place.kind === "engine") await this.#ports.engine.createVolume(place.settings);
    this.#volumes.set(name, place.kind === "engine" ? place.settings.name : place.path);
  }

  async #pull(container: ContainerSpec): Promise<void> {
    const name = container.definition.name;
    const abort = new AbortController();
    this.#pulls.set(name, abort);
    try {
      const image = await this.#persist(() =>
        pullImage(this.#ports, this.#progress.spec, container, abort.signal),
      );
      this.#apply({ kind: "pulled", container: name, at: this.#ports.clock.now(), ...image });
    } catch (error) {
      if (abort.signal.aborted) return;
      if (!isOfContainer(error)) return this.#fail(error);
      this.#giveUp(name, error, "CannotPullContainerError", true);
    } finally {
      this.#pulls.delete(name);
    }
  }

  async #create(container: ContainerProgress): Promise<void> {
    const { spec } = container;
    const name = spec.definition.name;
    try {
      const environment = await this.#environmentOf(container);
      const seen = await this.#make(() => this.#createOnce(container, environment));
      this.#noteSeen(name, seen);
      this.#step();
    } catch (error) {
      if (isOfContainer(error)) return this.#giveUp(name, error, "CannotCreateContainerError");
      this.#fail(error);
      this.#apply({ kind: "given-up", container: name, at: this.#ports.clock.now() });
    }
  }

  async #createOnce(
    container: ContainerProgress,
    environment: Readonly<Record<string, string>>,
  ): Promise<EngineContainer> {
    const { engine, installation, allowances } = this.#ports;
    const task = this.#progress.spec;
    const name = engineName(task, container.spec.definition.name);
    if (this.#network === undefined) throw new Error("a container is made before its network");
    const settings = containerSettings(task, container.spec, {
      installation,
      endpointId: container.endpointId,
      imageId: container.imageId ?? "",
      network: this.#network,
      environment,
      volumes: this.#volumes,
      allowances,
      cgroupParent: this.#cgroupParent,
    });
    try {
      await engine.createContainer(name, settings);
    } catch (error) {
      // Made by an attempt whose answer did not come through: it is ours if it says so.
      if (!isEngineError(error, "conflict")) throw error;
    }
    const seen = await engine.inspectContainer(name);
    if (seen?.labels[endpointLabel] !== container.endpointId) {
      throw new EngineError("conflict", `the name ${name} is in use by another container`);
    }
    return seen;
  }

  /** Ours first, then files (the first of them wins), then what the definition says, then secrets. */
  async #environmentOf({ spec, endpointId }: ContainerProgress): Promise<Readonly<Record<string, string>>> {
    const { resources, endpoint } = this.#ports;
    const task = this.#progress.spec;
    const { definition } = spec;
    const [secrets, ...files] = await Promise.all([
      resources.secretValues(task, spec),
      ...(definition.environmentFiles ?? []).map((file) => resources.environmentFile(task, spec, file)),
    ]);
    const stated = (definition.environment ?? []).map(
      ({ name, value }) => [name ?? "", value ?? ""] as const,
    );
    return Object.assign(
      { ...endpoint.environment(task, spec, endpointId) },
      ...files.reverse(),
      Object.fromEntries(stated),
      secrets,
    );
  }

  async #start({ spec, seen }: ContainerProgress): Promise<void> {
    const name = spec.definition.name;
    if (seen === undefined) return;
    try {
      await this.#startOnce(seen);
    } catch (error) {
      return this.#giveUp(name, error, "CannotStartContainerError");
    }
    await this.#follow(spec, seen.id);
    await this.#look(name, seen.id);
  }

  /** Not again when an attempt whose answer did not come through has started it: it may have ended since. */
  async #startOnce(known: EngineContainer): Promise<void> {
    const { engine } = this.#ports;
    let tried = false;
    await this.#persist(async () => {
      const seen = tried ? await engine.inspectContainer(known.id) : known;
      tried = true;
      if (seen === undefined || seen.startedAt === known.startedAt) await engine.startContainer(known.id);
    });
  }

  async #stop({ spec, seen }: ContainerProgress): Promise<void> {
    if (seen === undefined) return;
    const seconds = spec.definition.stopTimeout ?? defaultStopTimeout;
    await this.#persist(async () => {
      try {
        await this.#ports.engine.stopContainer(seen.id, seconds);
      } catch (error) {
        if (!isEngineError(error, "not-found")) throw error;
      }
    });
    await this.#look(spec.definition.name, seen.id);
  }

  /** Looks at a container, after the looks that were asked for before. */
  #look(name: string, id: string): Promise<void> {
    const earlier = this.#looks.get(name) ?? Promise.resolve();
    const look = earlier.then(async () => {
      const seen = await this.#persist(() => this.#ports.engine.inspectContainer(id));
      if (seen === undefined) this.#note({ kind: "vanished", container: name, at: this.#ports.clock.now() });
      else this.#noteSeen(name, seen);
      this.#step();
    });
    this.#looks.set(
      name,
      look.catch(() => {}),
    );
    return look;
  }

  /** A container that ran and stopped before anybody looked did both: RUNNING is told first. */
  #noteSeen(container: string, seen: EngineContainer): void {
    const known = this.#containerOf(container);
    if (seen.phase === "exited" && seen.startedAt !== undefined && known.startedAt === undefined) {
      this.#note({ kind: "seen", container, as: { ...seen, phase: "running" } });
    }
    this.#note({ kind: "seen", container, as: seen });
  }

  async #lookAtPause(): Promise<void> {
    const pause = this.#network?.pause;
    if (pause === undefined || isStopping(this.#progress)) return;
    const seen = await this.#persist(() => this.#ports.engine.inspectContainer(pause.dockerId));
    if (seen?.phase === "running") return;
    // Name from the agent, text ours.
    this.#fail(
      new TaskFailure("ContainerNetworkingError: the container that holds the task's network stopped"),
    );
  }

  #sinkOf(container: ContainerSpec): Promise<LogSink | undefined> {
    const name = container.definition.name;
    const opened =
      this.#sinks.get(name) ??
      (isReadByUs(container.definition)
        ? this.#ports.logs.logSink(this.#progress.spec, container)
        : Promise.resolve(undefined));
    this.#sinks.set(name, opened);
    return opened;
  }

  async #follow(container: ContainerSpec, id: string): Promise<void> {
    const follower = await this.#followerOf(container, id);
    follower?.follow();
  }

  async #followerOf(container: ContainerSpec, id: string): Promise<LogFollower | undefined> {
    const name = container.definition.name;
    const sink = await this.#sinkOf(container);
    if (sink === undefined) return undefined;
    const follower = this.#followers.get(name) ?? new LogFollower(this.#ports.engine, id, sink);
    this.#followers.set(name, follower);
    return follower;
  }

  /** INVARIANT: a task is told STOPPED only when its output is delivered. */
  async #flush({ spec, seen, startedAt }: ContainerProgress): Promise<void> {
    const name = spec.definition.name;
    if (this.#flushing.has(name)) return;
    this.#flushing.add(name);
    try {
      if (seen !== undefined && startedAt !== undefined) {
        const follower = await this.#followerOf(spec, seen.id);
        await follower?.finish();
      } else {
        const sink = await this.#sinks.get(name);
        await sink?.close();
      }
    } catch (error) {
      this.#ports.log.error(
        { err: error, task: this.#progress.spec.taskArn },
        "output could not be delivered",
      );
    }
    this.#apply({ kind: "flushed", container: name });
  }

  readonly #flushing = new Set<string>();

  #giveUp(container: string, error: unknown, prefix: string, pullStopped?: true): void {
    if (this.#closing.signal.aborted) return;
    const at = this.#ports.clock.now();
    const reason = reasonOf(error, prefix);
    this.#apply({ kind: "given-up", container, at, reason, pullStopped });
  }

  /** Makes something that outlives this process: whoever removes the task waits until it is there, or is not. */
  #make<T>(step: () => Promise<T>): Promise<T> {
    const made = this.#persist(step);
    const settled: Promise<unknown> = made.then(
      () => this.#making.delete(settled),
      () => this.#making.delete(settled),
    );
    this.#making.add(settled);
    return made;
  }

  /** Does a step again and again while the engine is away. Steps are safe to repeat. */
  async #persist<T>(step: () => Promise<T>): Promise<T> {
    const { signal } = this.#closing;
    for (let wait = firstWait; ; wait = Math.min(longestWait, wait * 2)) {
      signal.throwIfAborted();
      try {
        return await step();
      } catch (error) {
        if (!isEngineError(error, "unreachable") || signal.aborted) throw error;
      }
      await delay(wait, undefined, { signal });
    }
  }

  #containerOf(name: string): ContainerProgress {
    const found = this.#progress.containers.find(({ spec }) => spec.definition.name === name);
    if (found === undefined) throw new Error(`the task has no container ${name}`);
    return found;
  }

  #specOf(name: string): ContainerSpec {
    return this.#containerOf(name).spec;
  }
}

/** Nothing is told of a task of which nothing is known but that it was taken. */
const worthTelling = (task: TaskProgress): boolean =>
  isFinished(task) ||
  task.reachedRunning ||
  task.containers.some(
    ({ imageDigest, startedAt, phase }) => imageDigest ?? startedAt ?? phase === "stopped",
  );

/** Whether a failure concerns one container; any other ends the task. */
const isOfContainer = (error: unknown): boolean => error instanceof ContainerFailure || isEngineError(error);

/** AWS: the agent's name of the error, then the engine's words. */
function reasonOf(error: unknown, prefix: string): string {
  if (error instanceof ContainerFailure) return error.message;
  if (isEngineError(error, "timeout")) return `DockerTimeoutError: ${error.message}`;
  if (isEngineError(error)) return `${prefix}: Error response from daemon: ${error.message}`;
  return `${prefix}: ${error instanceof Error ? error.message : String(error)}`;
}
