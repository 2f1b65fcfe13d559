import type { Duplex } from "node:stream";
import type { DialAddress } from "./network/dial.ts";
import type { ContainerSpec, TaskSpec } from "./task.ts";

/** The size of a terminal, in characters. */
export interface TerminalSize {
  readonly rows: number;
  readonly columns: number;
}

/** A command that is run in a container beside what runs there already. */
export interface ExecCommand {
  /** The program and its arguments: no shell reads them. */
  readonly command: readonly string[];
  /** The session's id. All processes of the session carry it in their environment: `end` finds them by it. */
  readonly session: string;
}

/** A command that runs in a terminal of its own. */
export interface ExecProcess {
  /** Bytes both ways; ends with the process. What cannot be started says why here and ends. */
  readonly terminal: Duplex;
  /** Tells the terminal its size. What has ended, or has not begun after a while, is no error. */
  resize(size: TerminalSize): Promise<void>;
}

/** A container that runs, for those who run commands in it. */
export interface ExecContainer {
  readonly task: TaskSpec;
  readonly container: ContainerSpec;
  /** Starts a command as root, whoever the container itself runs as. Throws what the engine says. */
  start(command: ExecCommand): Promise<ExecProcess>;
  /** A connection to somebody from where the container is. Throws when nobody answers there, or nobody can call. */
  connect(to: DialAddress): Promise<Duplex>;
  /** Hangs up on all processes of a session; those that stay are killed. A session without any is no error. */
  end(session: string): Promise<void>;
}

/** What a runtime offers that lets commands be run in its containers. */
export interface ContainerExec {
  /** The container of a task by the engine's id; undefined when it does not run here. */
  find(taskArn: string, runtimeId: string): ExecContainer | undefined;
}
