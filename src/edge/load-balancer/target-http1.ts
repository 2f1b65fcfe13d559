import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { second } from "../../kernel/duration.ts";
import { type AnswerEvents, AnswerParser, MalformedAnswer } from "./answer-parser.ts";
import { bodyFrame, headText, sendBody } from "./request-text.ts";
import {
  type AnswerSink,
  connectTimeout,
  type Failure,
  type TargetConnecting,
  type TargetConnections,
  type TargetRequest,
} from "./target-answer.ts";

/** HTTP/1.1 to a target, over connections that are kept and used again. Certificates are not checked, as AWS says. */
export function http1Connections(target: TargetConnecting): TargetConnections {
  return new Http1Connections(target);
}

/**
 * The connections to one target: one request at a time on each, and as many as there are requests. Ours, as the client
 * of a load balancer is on the way of every request, and a general one costs more than all that is done here.
 */
class Http1Connections implements TargetConnections {
  readonly #target: TargetConnecting;
  readonly #all = new Set<Connection>();
  /** The one that was used last is used first: the others may come to their end. */
  readonly #idle: Connection[] = [];
  #session: Buffer | undefined;
  #closing = false;

  constructor(target: TargetConnecting) {
    this.#target = target;
  }

  send(request: TargetRequest, sink: AnswerSink): void {
    const text = headText(request);
    if (text === undefined) sink.failed("unsendable");
    else this.#usable().send(request, text, sink);
  }

  close(): void {
    this.#closing = true;
    for (const connection of this.#idle.splice(0)) connection.destroy("broken");
  }

  destroy(): void {
    this.#closing = true;
    for (const connection of this.#all) connection.destroy("broken");
  }

  #usable(): Connection {
    for (let known = this.#idle.pop(); known !== undefined; known = this.#idle.pop()) {
      if (known.usable) return known;
      known.destroy("broken");
    }
    const connection = new Connection(this.#open(), this.#target.idleTimeout, {
      free: () => {
        if (this.#closing) connection.destroy("broken");
        else this.#idle.push(connection);
      },
      gone: () => {
        this.#all.delete(connection);
        const at = this.#idle.indexOf(connection);
        if (at >= 0) this.#idle.splice(at, 1);
      },
    });
    this.#all.add(connection);
    return connection;
  }

  #open(): Socket {
    const { address: host, port, secure, localAddress } = this.#target;
    const where = { host, port, ...(localAddress && { localAddress }) };
    if (!secure) return connect({ ...where, noDelay: true });
    const socket = connectTls({
      ...where,
      ...(this.#session && { session: this.#session }),
      ...{ rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] },
    });
    socket.setNoDelay(true);
    socket.on("session", (next) => {
      this.#session = next;
    });
    return socket;
  }
}

interface ConnectionOwner {
  /** It may take another request. */
  free(): void;
  gone(): void;
}

/** Ours: how long before the target ends an idle connection it is used no more, in milliseconds. */
const margin = second;

/** What is under way on a connection. */
interface Exchange {
  readonly sink: AnswerSink;
  /** Of `performance`, in milliseconds. */
  readonly sentAt: number;
  /** Takes no more of the request's body. */
  stopBody: (() => void) | undefined;
}

class Connection implements AnswerEvents {
  readonly #socket: Socket;
  readonly #owner: ConnectionOwner;
  readonly #idleTimeout: number;
  readonly #parser = new AnswerParser(this);
  #exchange: Exchange | undefined;
  #whole = false;
  /** Until when it may be used, of `performance`, in milliseconds. */
  #usableUntil = Number.POSITIVE_INFINITY;

  constructor(socket: Socket, idleTimeout: number, owner: ConnectionOwner) {
    this.#socket = socket;
    this.#owner = owner;
    this.#idleTimeout = idleTimeout;
    const late = setTimeout(() => this.destroy("timeout"), connectTimeout);
    socket.once("encrypted" in socket ? "secureConnect" : "connect", () => clearTimeout(late));
    socket.setTimeout(idleTimeout, () => this.destroy("timeout"));
    socket.on("data", (bytes: Buffer) => this.#take(bytes));
    socket.on("end", () => this.#ended());
    socket.on("error", (error: NodeJS.ErrnoException) => this.destroy(failureOf(error)));
    socket.on("close", () => {
      clearTimeout(late);
      this.destroy("broken");
      owner.gone();
    });
  }

  /** Whether the target still waits for a request on it. */
  get usable(): boolean {
    return this.#socket.writable && !this.#socket.readableEnded && performance.now() < this.#usableUntil;
  }

  /** @param text the request's head. */
  send(request: TargetRequest, text: string, sink: AnswerSink): void {
    const exchange: Exchange = { sink, sentAt: performance.now(), stopBody: undefined };
    this.#exchange = exchange;
    this.#whole = false;
    this.#parser.expect({ method: request.method, upgrade: request.upgrade !== undefined });
    sink.began(() => {
      if (this.#exchange === exchange) this.destroy("aborted");
    });
    if (this.#exchange !== exchange) return;
    this.#socket.write(text, "latin1");
    if (request.body === null) return;
    exchange.stopBody = sendBody(request.body, bodyFrame(request), this.#socket, {
      sent: () => {
        exchange.stopBody = undefined;
        if (this.#exchange === exchange && this.#whole) this.#release();
      },
      failed: (why) => {
        if (this.#exchange === exchange) this.destroy(why);
      },
    });
  }

  /** Ends it; what is under way fails. */
  destroy(why: Failure): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    this.#socket.destroy();
    if (exchange === undefined) return;
    exchange.stopBody?.();
    if (!this.#whole) exchange.sink.failed(why);
  }

  onHead(status: number, reason: string, fields: readonly string[]): void {
    const exchange = this.#exchange;
    if (exchange === undefined) return;
    const resume = (): void => {
      if (this.#exchange === exchange) this.#socket.resume();
    };
    if (!exchange.sink.head(status, reason, fields, resume)) this.#socket.pause();
  }

  onContent(bytes: Buffer): void {
    if (this.#exchange?.sink.data(bytes) === false) this.#socket.pause();
  }

  onWhole(trailers: readonly string[]): void {
    this.#whole = true;
    this.#exchange?.sink.ended(trailers);
  }

  onUpgrade(fields: readonly string[], rest: Buffer): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    const socket = this.#socket;
    socket.removeAllListeners("data").removeAllListeners("end").removeAllListeners("timeout");
    socket.pause();
    if (rest.length > 0) socket.unshift(rest);
    if (exchange === undefined) socket.destroy();
    else exchange.sink.upgraded(fields, socket);
  }

  #take(bytes: Buffer): void {
    try {
      this.#parser.take(bytes);
    } catch (error) {
      if (!(error instanceof MalformedAnswer)) throw error;
      return void this.destroy("broken");
    }
    if (this.#whole) return void this.#release();
    const { sentAt } = this.#exchange ?? {};
    // A head that drips in has no longer than one that does not come.
    if (this.#parser.inHead && sentAt !== undefined && performance.now() - sentAt > this.#idleTimeout)
      this.destroy("timeout");
  }

  #ended(): void {
    try {
      this.#parser.end();
    } catch (error) {
      if (!(error instanceof MalformedAnswer)) throw error;
    }
    this.destroy("broken");
  }

  /** The answer is whole: what of the request has not been sent is not wanted. */
  #release(): void {
    const exchange = this.#exchange;
    if (exchange === undefined) return;
    if (exchange.stopBody !== undefined || !this.#parser.persistent) return void this.destroy("broken");
    this.#exchange = undefined;
    const { keptFor } = this.#parser;
    this.#usableUntil =
      keptFor === undefined ? Number.POSITIVE_INFINITY : performance.now() + keptFor * second - margin;
    this.#socket.resume();
    this.#owner.free();
  }
}

const unreachable: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EADDRNOTAVAIL",
]);

function failureOf({ code = "" }: NodeJS.ErrnoException): Failure {
  if (code === "ETIMEDOUT") return "timeout";
  return unreachable.has(code) ? "unreachable" : "broken";
}
