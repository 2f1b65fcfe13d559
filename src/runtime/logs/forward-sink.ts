import { createConnection, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { LogLine, LogPosition, LogSink } from "../task-engine/ports.ts";
import { forwardMessage } from "./forward-message.ts";

export interface ForwardSinkPorts {
  /** The socket on which the task's log router listens. */
  readonly path: string;
  /** AWS: `<container>-firelens-<task id>`. */
  readonly tag: string;
  /** Members that each record has besides the line. */
  readonly record: Readonly<Record<string, string>>;
  /** Hears how far the output is delivered. */
  readonly delivered: (position: LogPosition) => Promise<void>;
  /** What was delivered before a restart. */
  readonly resume?: LogPosition;
  readonly onLoss: (count: number, cause: unknown) => void;
}

/** Bytes that may wait for the router. */
const buffer = 10 * 1024 * 1024;
/** How long until the router is tried again, and how long a container that ended waits for it, in ms. */
const retryAfter = 100;
const lastChance = 5000;

/** Forwards the output of one container to the task's log router, as the engine's fluentd driver does. */
export class ForwardSink implements LogSink {
  readonly resume?: LogPosition;
  readonly #ports: ForwardSinkPorts;
  #waiting: { readonly message: Buffer; readonly position: LogPosition }[] = [];
  #read: LogPosition;
  #bytes = 0;
  #dropped = 0;
  #socket: Socket | undefined;
  #sending: Promise<void> | undefined;
  #closing = false;
  #deadline = Number.POSITIVE_INFINITY;

  constructor(ports: ForwardSinkPorts) {
    this.#ports = ports;
    this.resume = ports.resume;
    this.#read = ports.resume ?? { at: 0, count: 0 };
  }

  write({ at, stream, text }: LogLine): void {
    this.#read = { at, count: at === this.#read.at ? this.#read.count + 1 : 1 };
    if (this.#bytes >= buffer) {
      this.#dropped++;
      return;
    }
    const { tag, record } = this.#ports;
    const message = forwardMessage(tag, at, { ...record, source: stream, log: text });
    this.#waiting.push({ message, position: this.#read });
    this.#bytes += message.length;
    this.#sending ??= this.#sendAll();
  }

  /** Hands over what is left, unless no router takes it. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#deadline = Date.now() + lastChance;
    await this.#sending;
    await this.#send();
    await new Promise<void>((resolve) => {
      if (this.#socket === undefined || this.#socket.destroyed) resolve();
      else this.#socket.end(resolve);
    });
    const lost = this.#dropped + this.#waiting.length;
    if (lost > 0) this.#ports.onLoss(lost, new Error("the log router did not take them"));
  }

  async #sendAll(): Promise<void> {
    await this.#send();
    this.#sending = undefined;
    // What came while the position was noted.
    if (this.#waiting.length > 0 && !this.#closing) this.#sending = this.#sendAll();
  }

  async #send(): Promise<void> {
    let sent: LogPosition | undefined;
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      try {
        this.#socket ??= await connect(this.#ports.path);
        await write(this.#socket, next.message);
        sent = next.position;
        this.#waiting.shift();
        this.#bytes -= next.message.length;
      } catch {
        // The router is not up yet, or starts anew.
        this.#socket?.destroy();
        this.#socket = undefined;
        if (this.#closing && Date.now() >= this.#deadline) break;
        await delay(retryAfter);
      }
    }
    if (sent !== undefined) await this.#ports.delivered(sent).catch(() => undefined);
  }
}

function connect(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.removeListener("error", reject);
      // What breaks later is met by the next write.
      socket.on("error", () => socket.destroy());
      resolve(socket);
    });
  });
}

function write(socket: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}
