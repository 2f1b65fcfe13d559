import type { Duplex } from "node:stream";
import type { HostCapacity } from "../task.ts";
import type { ContainerSettings, NetworkSettings } from "./settings.ts";

/**
 * What a task engine needs of a container engine. Two implementations: the Docker Engine over its API (`docker/`), and
 * one in memory (`memory/`); `engine-suite.ts` judges both. What the engine refuses is an `EngineError`.
 */
export interface ContainerEngine {
  /** Which engine answers. Throws `unreachable` when none does. */
  version(): Promise<EngineVersion>;

  /** What the machine has on which it runs its containers. */
  capacity(): Promise<HostCapacity>;
  /** How it limits its containers; undefined when it does not. */
  controlGroups(): Promise<ControlGroups | undefined>;

  /** Fetches an image. Returns when the engine has it whole. @param platform `linux/amd64`. */
  pull(reference: string, options: PullOptions): Promise<void>;
  /** The image that the engine has under a reference or id; undefined when it has none. */
  inspectImage(reference: string): Promise<EngineImage | undefined>;
  /** Asks the registry which manifest a reference names now: `sha256:…`. Nothing is fetched. */
  resolveDigest(reference: string, login?: RegistryLogin): Promise<string>;
  /** Makes an image of one layer of a root file system in a tar. @returns its id. */
  importImage(tar: Buffer, options: ImportOptions): Promise<string>;

  /** @returns the container's id. Throws `conflict` when the name is taken, `not-found` without the image. */
  createContainer(name: string, settings: ContainerSettings, platform?: string): Promise<string>;
  /** Starting what runs is no error. */
  startContainer(id: string): Promise<void>;
  /** The stop signal, and after `seconds` KILL. Returns when it has stopped; stopping what does not run is no error. */
  stopContainer(id: string, seconds: number): Promise<void>;
  /** Throws `conflict` when it does not run. */
  killContainer(id: string, signal: string): Promise<void>;
  /** Removes it with its anonymous volumes, also while it runs. Removing what is not there is no error. */
  removeContainer(id: string): Promise<void>;
  inspectContainer(idOrName: string): Promise<EngineContainer | undefined>;
  /** All containers, running or not, that carry every given label. */
  listContainers(labels: Readonly<Record<string, string>>): Promise<readonly ContainerSummary[]>;
  /** Returns its exit code once it does not run. */
  waitContainer(id: string): Promise<number>;
  /** One sample of the engine's statistics, as the engine words it (task metadata shows it so). */
  stats(id: string): Promise<unknown>;

  /** What a container has written, from its log: in order, each piece with its time. Ends with the container. */
  logs(id: string, options: LogOptions): AsyncIterable<LogPiece>;
  /**
   * What happens to containers with the given labels: nothing that happens after the promise resolves is missed. Ends
   * when the connection does, or the signal aborts it.
   */
  events(options: EventOptions): Promise<AsyncIterable<EngineEvent>>;

  createExec(container: string, settings: ExecSettings): Promise<string>;
  /** Bytes both ways: raw with a terminal, else output in frames (`demultiplex` reads them). */
  startExec(exec: string, tty: boolean): Promise<Duplex>;
  resizeExec(exec: string, size: { readonly rows: number; readonly columns: number }): Promise<void>;
  inspectExec(exec: string): Promise<ExecState>;
  /**
   * Sends a signal (its number; 0 only looks) to the processes of a container whose environment has an entry
   * `NAME=value`. @returns whether there was any.
   */
  signalMarked(container: string, mark: string, signal: number): Promise<boolean>;

  /** @returns its id. Throws `conflict` when its range is in use, or its name taken. */
  createNetwork(settings: NetworkSettings): Promise<string>;
  inspectNetwork(idOrName: string): Promise<EngineNetwork | undefined>;
  listNetworks(labels: Readonly<Record<string, string>>): Promise<readonly EngineNetwork[]>;
  /** Removing what is not there is no error; `conflict` while containers use it. */
  removeNetwork(idOrName: string): Promise<void>;

  /** Making a volume that is there already changes nothing. */
  createVolume(settings: VolumeSettings): Promise<void>;
  listVolumes(labels: Readonly<Record<string, string>>): Promise<readonly EngineVolume[]>;
  /** Removing what is not there is no error; `conflict` while containers use it. */
  removeVolume(name: string): Promise<void>;

  /** Ends streams and idle connections; containers run on. */
  close(): void;
}

export interface EngineVersion {
  /** `20.10.24`. */
  readonly version: string;
  /** The version of the API that is spoken with it. */
  readonly apiVersion: string;
  /** As the engine names them: `linux`, `amd64`. */
  readonly os: string;
  readonly architecture: string;
}

export interface ControlGroups {
  /** `cgroupfs`, `systemd`. */
  readonly driver: string;
  readonly version: 1 | 2;
}

/** A user name and password for one registry. */
export interface RegistryLogin {
  readonly username: string;
  readonly password: string;
  /** `127.0.0.1:5005`, without a path. */
  readonly serverAddress: string;
}

export interface PullOptions {
  readonly login?: RegistryLogin;
  readonly platform?: string;
  readonly signal?: AbortSignal;
}

export interface ImportOptions {
  readonly repository: string;
  readonly tag: string;
  /** Dockerfile instructions: `ENTRYPOINT ["/pause"]`, `LABEL a=b`. */
  readonly changes: readonly string[];
  readonly message?: string;
  readonly platform?: string;
}

export interface EngineImage {
  /** `sha256:…` of the image's configuration. */
  readonly id: string;
  /** `repository@sha256:…` for each registry it came from. */
  readonly repoDigests: readonly string[];
  readonly os: string;
  readonly architecture: string;
  readonly size: number;
}

export interface ContainerSummary {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

export type ContainerPhase = "created" | "running" | "exited" | "gone";

/** A container as the engine knows it. Times are epoch ms. */
export interface EngineContainer extends ContainerSummary {
  /** `sha256:…`. */
  readonly imageId: string;
  /** `gone`: dead or being removed. Paused and restarting containers count as running. */
  readonly phase: ContainerPhase;
  /** Of the main process on the engine's host; 0 when it does not run. */
  readonly pid: number;
  readonly exitCode: number;
  readonly oomKilled: boolean;
  /** Why it could not start, in the engine's words; empty when it did. */
  readonly error: string;
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly health?: EngineHealth;
  readonly ports: readonly PublishedPort[];
  readonly networks: readonly ContainerNetwork[];
  readonly mounts: readonly ContainerMount[];
}

export interface EngineHealth {
  readonly status: "starting" | "healthy" | "unhealthy";
  /** The last probe. */
  readonly exitCode?: number;
  readonly output?: string;
  readonly endedAt?: number;
}

export interface PublishedPort {
  readonly containerPort: number;
  readonly protocol: "tcp" | "udp";
  readonly hostIp: string;
  readonly hostPort: number;
}

export interface ContainerNetwork {
  readonly name: string;
  readonly address: string;
  readonly gateway: string;
  readonly macAddress: string;
}

export interface ContainerMount {
  readonly name?: string;
  readonly source: string;
  readonly destination: string;
}

export interface LogOptions {
  /** Whether to go on as more is written. */
  readonly follow: boolean;
  /** Epoch ms; what was written from this moment on. */
  readonly since?: number;
  readonly signal?: AbortSignal;
}

/** A piece of output: a line, or 16 KiB of a longer one. */
export interface LogPiece {
  readonly stream: "stdout" | "stderr";
  /** Epoch ms, with a fraction: the engine counts nanoseconds. */
  readonly at: number;
  readonly bytes: Buffer;
}

export interface EventOptions {
  readonly labels: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Something that happened to a container. A reader looks at the container itself for more. */
export interface EngineEvent {
  /** `start`, `die`, `oom`, `health_status: healthy`, `destroy`, … */
  readonly action: string;
  readonly containerId: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Epoch ms, with a fraction. */
  readonly at: number;
}

export interface ExecSettings {
  readonly command: readonly string[];
  readonly tty: boolean;
  readonly user?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly workingDirectory?: string;
}

export interface ExecState {
  readonly running: boolean;
  /** Absent while it runs. */
  readonly exitCode?: number;
  readonly pid: number;
}

export interface EngineNetwork {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** `172.31.0.0/16`. */
  readonly ranges: readonly string[];
}

export interface VolumeSettings {
  readonly name: string;
  readonly driver?: string;
  readonly driverOptions?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface EngineVolume {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * What an engine's refusal was about. `timeout`: it took longer than the call may; `unreachable`: no engine answered,
 * or the connection broke, so what was asked may have happened.
 */
export type EngineErrorKind =
  | "bad-request"
  | "unauthorized"
  | "not-found"
  | "conflict"
  | "server"
  | "timeout"
  | "unreachable";

/** An engine's refusal; the message is the engine's own words. */
export class EngineError extends Error {
  readonly kind: EngineErrorKind;

  constructor(kind: EngineErrorKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "EngineError";
    this.kind = kind;
  }
}

/** Whether a caught value is an engine's refusal, optionally of the given kinds. */
export function isEngineError(error: unknown, ...kinds: readonly EngineErrorKind[]): error is EngineError {
  return error instanceof EngineError && (kinds.length === 0 || kinds.includes(error.kind));
}
