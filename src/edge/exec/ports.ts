import type { Client } from "../../dispatch/context.ts";
import type { InternalOperation } from "../../dispatch/operation.ts";
import type { AccountId, Region } from "../../kernel/brand.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Random } from "../../kernel/random.ts";
import type { ExecContainer } from "../../runtime/exec.ts";

/** A session as it was started. */
export interface OpenedSession {
  readonly id: string;
  readonly account: AccountId;
  readonly region: Region;
  /** `ecs:<cluster>_<task id>_<runtime id>`. */
  readonly target: string;
  /** A shell's when there is none. */
  readonly documentName?: string;
  readonly parameters: Readonly<Record<string, readonly string[]>>;
}

/** A session whose token was right. */
export interface ClaimedSession extends OpenedSession {
  /** Whether there was a socket before this one. */
  readonly resumed: boolean;
}

/** The books of sessions, which Systems Manager keeps. */
export interface SessionBooks {
  /** Whether a token opens a session's next socket. */
  readonly check: InternalOperation<{ readonly id: string; readonly token: string }, never, boolean>;
  /** Takes the token of a session that is under way, once; undefined when it is not the one. */
  readonly claim: InternalOperation<
    { readonly id: string; readonly token: string },
    unknown,
    ClaimedSession | undefined
  >;
  readonly disconnect: InternalOperation<{ readonly id: string }, unknown, void>;
  readonly end: InternalOperation<{ readonly id: string }, unknown, void>;
  /** Holds sessions for two minutes more. @returns those that are still under way. */
  readonly hold: InternalOperation<{ readonly ids: readonly string[] }, unknown, readonly string[]>;
  /** Ends the sessions that nobody holds any more, and gives them out once. */
  readonly takeAbandoned: InternalOperation<object, unknown, readonly OpenedSession[]>;
}

/** The container that a session goes to. */
export interface SessionHost {
  readonly container: Pick<ExecContainer, "start" | "end" | "connect" | "task">;
  /** Calls as the role of the container's task. */
  readonly role: Client;
}

/** One line for what an operator should know. */
export interface ExecLog {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What the sockets of sessions need of the rest of the house. */
export interface DataChannelPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: ExecLog;
  readonly books: SessionBooks;
  /** Calls as Systems Manager in its own name. */
  readonly client: Client;
  /** The container of a target; undefined when it does not run here, or its task has no role. */
  hostOf(session: OpenedSession): Promise<SessionHost | undefined>;
}
