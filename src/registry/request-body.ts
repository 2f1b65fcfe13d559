import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { minute } from "../kernel/duration.ts";
import { Fault } from "../kernel/fault.ts";

/** Whether the client announced a body that is not empty. */
export function hasBody(request: IncomingMessage): boolean {
  return request.headers["transfer-encoding"] !== undefined || (contentLength(request) ?? 0) > 0;
}

/** `Content-Length` in bytes, or `undefined` when the body comes in chunks or there is none. */
export function contentLength(request: IncomingMessage): number | undefined {
  const header = request.headers["content-length"];
  return header === undefined ? undefined : Number(header);
}

export interface BodyLimits {
  /** Bytes above which the body breaks off with `SIZE_INVALID`. */
  readonly limit: number;
  /** Milliseconds without a byte after which the body is given up; five minutes by default. */
  readonly idleMs?: number;
  /** Called before the first byte is asked for: sends `100 Continue` where the client waits for it. */
  begin(): void;
}

/**
 * The bytes of a request, apart from its connection: whoever destroys this stream stops reading, while the
 * connection stays open for the answer.
 */
export class RequestBody extends Readable {
  readonly #request: IncomingMessage;
  readonly #limits: BodyLimits;
  #received = 0;
  #begun = false;

  constructor(request: IncomingMessage, limits: BodyLimits) {
    super({ highWaterMark: 256 * 1024 });
    this.#request = request;
    this.#limits = limits;
  }

  /** Bytes that have come. */
  get received(): number {
    return this.#received;
  }

  override _read(): void {
    if (!this.#begun) this.#begin();
    this.#request.resume();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const request = this.#request;
    request.off("data", this.#onData).off("end", this.#onEnd).off("close", this.#onClose);
    if (this.#begun) {
      request.off("timeout", this.#onTimeout);
      request.socket.setTimeout(0);
    }
    if (!request.complete) request.pause();
    done(error);
  }

  #begin(): void {
    const request = this.#request;
    if (request.destroyed && !request.complete) {
      this.#onClose();
      return;
    }
    this.#begun = true;
    this.#limits.begin();
    request.on("data", this.#onData).on("end", this.#onEnd).on("close", this.#onClose);
    request.on("timeout", this.#onTimeout);
    request.socket.setTimeout(this.#limits.idleMs ?? 5 * minute);
  }

  readonly #onData = (bytes: Buffer): void => {
    this.#received += bytes.length;
    if (this.#received > this.#limits.limit) {
      this.destroy(new Fault("SIZE_INVALID", `The body is larger than ${this.#limits.limit} bytes`));
    } else if (!this.push(bytes)) this.#request.pause();
  };

  readonly #onEnd = (): void => {
    this.push(null);
  };

  readonly #onTimeout = (): void => {
    this.destroy(new Fault("BLOB_UPLOAD_INVALID", "The body did not go on", { status: 408 }));
  };

  readonly #onClose = (): void => {
    if (!this.#request.complete)
      this.destroy(new Fault("BLOB_UPLOAD_INVALID", "The request ended before its body did"));
  };
}

/** Collects a body whose length the stream itself limits. */
export async function readAll(body: Readable): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of body) parts.push(part as Buffer);
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
}
