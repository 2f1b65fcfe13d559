import { isIPv6 } from "node:net";
import { type Dispatcher, errors, Pool } from "undici";
import {
  type AnswerSink,
  connectTimeout,
  type Failure,
  type TargetConnecting,
  type TargetConnections,
} from "./target-answer.ts";

/** AWS: the largest head of an answer, in bytes. */
const largestHead = 32 * 1024;

/** HTTP/1.1 to a target, over connections that are kept and used again. Certificates are not checked, as AWS says. */
export function http1Connections(target: TargetConnecting): TargetConnections {
  const { address, port, secure, localAddress, idleTimeout } = target;
  const host = isIPv6(address) ? `[${address}]` : address;
  const pool = new Pool(`${secure ? "https" : "http"}://${host}:${port}`, {
    pipelining: 1,
    keepAliveTimeout: idleTimeout,
    keepAliveMaxTimeout: idleTimeout,
    headersTimeout: idleTimeout,
    bodyTimeout: idleTimeout,
    maxHeaderSize: largestHead,
    connectTimeout,
    connect: { timeout: connectTimeout, rejectUnauthorized: false, ...(localAddress && { localAddress }) },
  });
  const ignore = (): void => {};
  return {
    send({ method, path, fields, body, upgrade = null }, sink) {
      const options: Dispatcher.DispatchOptions = { method, path, headers: fields, body, upgrade };
      // The request's head may be repeated while its answer is awaited: AWS sends none twice.
      options.idempotent = false;
      pool.dispatch(options, new Handler(sink));
    },
    close: () => void pool.close().catch(ignore),
    destroy: () => void pool.destroy().catch(ignore),
  };
}

/** undici's handler with the fields as they came: the newer form makes an object of each answer's first. */
class Handler implements Dispatcher.DispatchHandler {
  readonly #sink: AnswerSink;

  constructor(sink: AnswerSink) {
    this.#sink = sink;
  }

  onConnect(abort: (error?: Error) => void): void {
    this.#sink.began(abort);
  }

  onUpgrade(
    _status: number,
    fields: Buffer[] | string[] | null,
    socket: Parameters<AnswerSink["upgraded"]>[1],
  ): void {
    this.#sink.upgraded(texts(fields ?? []), socket);
  }

  onHeaders(status: number, fields: Buffer[], resume: () => void, reason: string): boolean {
    // AWS: interim answers are not passed on.
    return status < 200 || this.#sink.head(status, reason, texts(fields), resume);
  }

  onData(chunk: Buffer): boolean {
    return this.#sink.data(chunk);
  }

  onComplete(trailers: (string | Buffer)[] | null): void {
    this.#sink.ended(trailers === null ? [] : texts(trailers));
  }

  onError(error: Error): void {
    this.#sink.failed(failureOf(error));
  }
}

/** Bytes of a field are kept as they are (RFC 9110, section 5.5). */
const texts = (fields: readonly (Buffer | string)[]): string[] =>
  fields.map((field) => (typeof field === "string" ? field : field.toString("latin1")));

const unreachable: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EADDRNOTAVAIL",
]);

function failureOf(error: Error): Failure {
  if (
    error instanceof errors.ConnectTimeoutError ||
    error instanceof errors.HeadersTimeoutError ||
    error instanceof errors.BodyTimeoutError
  ) {
    return "timeout";
  }
  if (
    error instanceof errors.InvalidArgumentError ||
    error instanceof errors.NotSupportedError ||
    error instanceof errors.RequestContentLengthMismatchError
  ) {
    return "unsendable";
  }
  if (error instanceof errors.RequestAbortedError) return "aborted";
  const code = "code" in error ? String(error.code) : "";
  return unreachable.has(code) ? "unreachable" : "broken";
}
