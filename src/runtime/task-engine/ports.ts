import type { EnvironmentFile } from "@aws-sdk/client-ecs";
import type { RegistryLogin } from "../engine/port.ts";
import type { ContainerSpec, TaskSpec } from "../task.ts";

/**
 * Ends a task before it runs; the message is the task's stopped reason word for word
 * (`ResourceInitializationError: unable to pull secrets or registry auth: …`). `runtime/resources` and `runtime/logs`
 * throw it; whatever else they throw ends the task as `ResourceInitializationError: <message>`.
 */
export class TaskFailure extends Error {
  constructor(reason: string, cause?: unknown) {
    super(reason, cause === undefined ? undefined : { cause });
    this.name = "TaskFailure";
  }
}

/**
 * Ends one container before it starts; the message is the container's reason
 * (`CannotPullContainerError: …`).
 */
export class ContainerFailure extends Error {
  constructor(reason: string, cause?: unknown) {
    super(reason, cause === undefined ? undefined : { cause });
    this.name = "ContainerFailure";
  }
}

/** What a task needs of AWS services before its containers run: got with its execution role, and nothing else. */
export interface TaskResources {
  /**
   * Where the engine finds the container's image, and with what login. Called once for each container, right before
   * the pull.
   */
  registryLogin(task: TaskSpec, container: ContainerSpec): Promise<ImageSource>;
  /** The values of `secrets`, by the variable's name. */
  secretValues(task: TaskSpec, container: ContainerSpec): Promise<Readonly<Record<string, string>>>;
  /** The variables of one file of `environmentFiles`. Earlier files win over later ones, `environment` over all. */
  environmentFile(
    task: TaskSpec,
    container: ContainerSpec,
    file: EnvironmentFile,
  ): Promise<Readonly<Record<string, string>>>;
}

export interface ImageSource {
  /**
   * The reference that the engine pulls, when it is not the one of the definition: a registry of Roadstead under the
   * address that this engine reaches it by. A digest of the container's spec is applied by the task engine.
   */
  readonly reference?: string;
  readonly login?: RegistryLogin;
}

/** Where a container's output goes. */
export interface TaskLogs {
  /**
   * Opens the sink of a container before any container of the task starts: what its log driver cannot do must fail
   * here. Undefined when nobody wants the output. A sink is opened again after a restart of ours.
   */
  logSink(task: TaskSpec, container: ContainerSpec): Promise<LogSink | undefined>;
}

/** Takes a container's output line by line. */
export interface LogSink {
  /**
   * How far earlier sinks of this container came, when that is known: the time of the last line that was delivered,
   * and how many lines of that very millisecond were. Lines up to there are not written again.
   */
  readonly resume?: LogPosition;
  /** In order. A returned promise holds back the reader until it resolves (`mode: blocking`); rejections are ignored. */
  write(line: LogLine): Promise<void> | void;
  /** Delivers what is left. The task is not told STOPPED before. */
  close(): Promise<void>;
}

export interface LogPosition {
  /** Epoch ms. */
  readonly at: number;
  readonly count: number;
}

/** A line without its newline; the last one of a container may have had none. */
export interface LogLine {
  readonly stream: "stdout" | "stderr";
  /** Epoch ms, whole. */
  readonly at: number;
  readonly text: string;
}

/** What a container is given so that it finds its metadata, credentials and Roadstead. */
export interface TaskEndpoint {
  /**
   * Variables of the environment. @param endpointId unguessable, 32 hexadecimal digits and a number, as in
   * `http://169.254.170.2/v4/<endpointId>`; `TaskEngine.findContainer` knows it.
   */
  environment(task: TaskSpec, container: ContainerSpec, endpointId: string): Readonly<Record<string, string>>;
}

/** What tasks may do to the machine they run on. */
export interface HostAllowances {
  /** Folders, absolute, that `host` volumes may lie in. */
  readonly hostMounts: readonly string[];
  readonly privileged: boolean;
  /** Network mode `host`, `pidMode: host`, `ipcMode: host`, devices. */
  readonly hostNamespaces: boolean;
  /** Local folders that stand for EFS file systems, by file system id. */
  readonly fileSystems: Readonly<Record<string, string>>;
}
