import { connect, type Socket } from "node:net";

/** An answer; its body is counted and, when it is short, kept. */
export interface Answer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: ReadonlyMap<string, string>;
  /** Bytes of the body. */
  readonly size: number;
  /** The body's first bytes, for messages about what went wrong. */
  readonly text: string;
}

/** Bytes of an answer's body that are kept. */
const keptBytes = 2_000;

/**
 * One HTTP/1.1 connection, one request at a time. It does as little as a client can, so that a measurement on two cores
 * shows the server: heads are parsed, bodies are read into one buffer and thrown away. It opens again when the server
 * has closed.
 */
export class Wire {
  readonly #port: number;
  readonly #buffer = Buffer.allocUnsafe(256 * 1024);
  #socket: Socket | undefined;
  #waiting: { resolve(answer: Answer): void; reject(error: Error): void } | undefined;
  #head = "";
  #status = 0;
  #headers: Map<string, string> | undefined;
  #bodiless = false;
  #left = 0;
  #size = 0;
  #text = "";

  constructor(port: number) {
    this.#port = port;
  }

  /** Sends a request without a body, or with one that is part of the text. */
  ask(request: string): Promise<Answer> {
    return this.send(request, async () => undefined);
  }

  /** Sends a head, then whatever `body` writes. */
  async send(
    head: string,
    body: (write: (bytes: Buffer) => Promise<void>) => Promise<void>,
  ): Promise<Answer> {
    const socket = this.#open();
    this.#bodiless = head.startsWith("HEAD ");
    const answer = new Promise<Answer>((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
    answer.catch(() => undefined);
    socket.write(head, "latin1");
    await body((bytes) => drained(socket, bytes));
    return answer;
  }

  close(): void {
    this.#socket?.destroy();
  }

  #open(): Socket {
    if (this.#socket !== undefined && !this.#socket.destroyed && this.#socket.writable) return this.#socket;
    const socket = connect({
      port: this.#port,
      host: "127.0.0.1",
      noDelay: true,
      onread: {
        buffer: this.#buffer,
        callback: (size, buffer) => {
          this.#read(Buffer.from(buffer.buffer, buffer.byteOffset, size));
          return true;
        },
      },
    });
    const lost = (error: Error): void => {
      if (this.#socket === socket) this.#waiting?.reject(error);
    };
    socket.on("error", lost);
    socket.on("close", () => lost(new Error("the server closed the connection")));
    this.#socket = socket;
    return socket;
  }

  #read(bytes: Buffer): void {
    let body = bytes;
    if (this.#headers === undefined) {
      const before = this.#head.length;
      this.#head += bytes.toString("latin1");
      const end = this.#head.indexOf("\r\n\r\n", Math.max(0, before - 3));
      if (end < 0) return;
      body = bytes.subarray(end + 4 - before);
      this.#begin(this.#head.slice(0, end));
    }
    if (this.#text.length < keptBytes) this.#text += body.toString("latin1", 0, keptBytes);
    this.#left -= body.length;
    this.#size += body.length;
    if (this.#left <= 0) this.#finish();
  }

  #begin(head: string): void {
    const [first = "", ...lines] = head.split("\r\n");
    this.#status = Number(first.slice(9, 12));
    this.#headers = new Map(
      lines.map((line) => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
    );
    if (this.#headers.has("transfer-encoding"))
      this.#waiting?.reject(new Error("an answer of unknown length"));
    this.#left =
      this.#bodiless || this.#status === 204 ? 0 : Number(this.#headers.get("content-length") ?? "0");
  }

  #finish(): void {
    const answer = {
      status: this.#status,
      headers: this.#headers ?? new Map(),
      size: this.#size,
      text: this.#text,
    };
    const waiting = this.#waiting;
    const closes = answer.headers.get("connection")?.toLowerCase() === "close";
    this.#waiting = undefined;
    this.#headers = undefined;
    this.#head = "";
    this.#size = 0;
    this.#text = "";
    if (closes) {
      this.#socket?.destroy();
      this.#socket = undefined;
    }
    waiting?.resolve(answer);
  }
}

function drained(socket: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    if (socket.destroyed) return reject(new Error("the server closed the connection"));
    if (socket.write(bytes)) return resolve();
    const settle = (): void => {
      socket.off("drain", settle).off("close", settle);
      resolve();
    };
    socket.on("drain", settle).on("close", settle);
  });
}
