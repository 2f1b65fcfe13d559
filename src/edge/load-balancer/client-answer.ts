import type { ServerResponse } from "node:http";
import { constants, type Http2ServerResponse, type OutgoingHttpHeaders } from "node:http2";
import { reasonOf } from "./answers.ts";

/** The answer to a client, in the version of HTTP that it speaks. */
export interface ClientAnswer {
  /** Whether a head has been sent. */
  readonly begun: boolean;
  /** @param fields name and value in turn. @param close whether the connection ends with this answer. */
  head(status: number, reason: string, fields: readonly string[], close: boolean): void;
  /** @returns whether more may come now; else `onDrain` is called. */
  write(chunk: Buffer | string): boolean;
  onDrain(resume: () => void): void;
  /** @param trailers name and value in turn. */
  end(trailers: readonly string[]): void;
  /** Ends without a whole answer. */
  abort(): void;
}

/** RFC 9110, section 7.6.1: fields of a target's answer that end here. */
const hopByHop: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "trailer",
  "upgrade",
  "http2-settings",
]);

/** Fields of an answer that go on. */
export function forwardable(fields: readonly string[]): string[] {
  const out: string[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const name = fields[at] ?? "";
    if (!hopByHop.has(name.toLowerCase())) out.push(name, fields[at + 1] ?? "");
  }
  return out;
}

/** Bytes of a beginning that goes out with the head. */
const small = 8 * 1024;

export class Http1Answer implements ClientAnswer {
  readonly #response: ServerResponse;
  #written = false;
  begun = false;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  head(status: number, reason: string, fields: readonly string[], close: boolean): void {
    this.begun = true;
    const connection = close || !this.#response.shouldKeepAlive ? "close" : "keep-alive";
    this.#response.writeHead(status, reason || reasonOf(status), [...fields, "Connection", connection]);
  }

  write(chunk: Buffer | string): boolean {
    const first = !this.#written;
    this.#written = true;
    // Node writes a head and a text at once, but a head and bytes as two pieces, which costs more than the copy.
    if (first && typeof chunk !== "string" && chunk.length <= small) {
      return this.#response.write(chunk.toString("latin1"), "latin1");
    }
    return this.#response.write(chunk);
  }

  onDrain(resume: () => void): void {
    this.#response.once("drain", resume);
  }

  end(trailers: readonly string[]): void {
    if (trailers.length > 0) this.#response.addTrailers(pairs(trailers));
    this.#response.end();
  }

  abort(): void {
    this.#response.destroy();
  }
}

export class Http2Answer implements ClientAnswer {
  readonly #response: Http2ServerResponse;
  begun = false;

  constructor(response: Http2ServerResponse) {
    this.#response = response;
  }

  head(status: number, _reason: string, fields: readonly string[]): void {
    this.begun = true;
    const { stream } = this.#response;
    if (stream.destroyed) return;
    const headers: OutgoingHttpHeaders = { ":status": status };
    for (let at = 0; at + 1 < fields.length; at += 2) {
      const name = (fields[at] ?? "").toLowerCase();
      const before = headers[name];
      const value = fields[at + 1] ?? "";
      if (before === undefined) headers[name] = value;
      else headers[name] = Array.isArray(before) ? [...before, value] : [String(before), value];
    }
    stream.respond(headers, { waitForTrailers: true });
  }

  write(chunk: Buffer | string): boolean {
    const { stream } = this.#response;
    return stream.destroyed || stream.writableEnded || stream.write(chunk);
  }

  onDrain(resume: () => void): void {
    this.#response.stream.once("drain", resume);
  }

  end(trailers: readonly string[]): void {
    // Sent by Node's response when its stream has said everything.
    this.#response.addTrailers(Object.fromEntries(pairs(trailers)));
    this.#response.stream.end();
  }

  abort(): void {
    const { stream } = this.#response;
    if (!stream.destroyed) stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  }
}

function pairs(fields: readonly string[]): [string, string][] {
  const out: [string, string][] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) out.push([fields[at] ?? "", fields[at + 1] ?? ""]);
  return out;
}
