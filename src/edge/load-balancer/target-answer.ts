import type { Duplex, Readable } from "node:stream";

/** A request as it goes to a target. */
export interface TargetRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Name and value in turn; Host and Content-Length among them. */
  readonly fields: string[];
  readonly body: Readable | null;
  /** The protocol that the client wants to change to. */
  readonly upgrade?: string;
}

/** Why there is no answer, or no whole one. */
export type Failure =
  /** No connection was had. */
  | "unreachable"
  /** The target said nothing for too long, before or after the head of its answer, or while connecting. */
  | "timeout"
  /** The connection ended in the middle, or what came is no HTTP. */
  | "broken"
  /** What the client sent cannot be sent on. */
  | "unsendable"
  /** The load balancer gave up: the client is gone, or the target's time is over. */
  | "aborted";

/** What takes in a target's answer. After `ended`, `upgraded` or `failed` nothing more comes. */
export interface AnswerSink {
  /** The request is about to be sent. @param abort gives it up; `failed` follows. */
  began(abort: () => void): void;
  /** @param fields name and value in turn. @param resume to be called after `false`. @returns whether more is wanted now. */
  head(status: number, reason: string, fields: readonly string[], resume: () => void): boolean;
  data(chunk: Buffer): boolean;
  /** @param trailers name and value in turn. */
  ended(trailers: readonly string[]): void;
  upgraded(fields: readonly string[], socket: Duplex): void;
  failed(why: Failure): void;
}

/** The connections to one target, reused as its protocol allows. */
export interface TargetConnections {
  send(request: TargetRequest, sink: AnswerSink): void;
  /** Ends when what is under way has ended. */
  close(): void;
  /** Ends at once: what is under way fails as `broken`. */
  destroy(): void;
}

/** How connections to a target are made. */
export interface TargetConnecting {
  readonly address: string;
  readonly port: number;
  readonly secure: boolean;
  /** The source address; the machine's choice when left out. */
  readonly localAddress: string | undefined;
  /** How long nothing may come on a connection, in milliseconds. */
  readonly idleTimeout: number;
}

/** AWS: how long a target has to accept a connection, in milliseconds. */
export const connectTimeout = 10_000;
