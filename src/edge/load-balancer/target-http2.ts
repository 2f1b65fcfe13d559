import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type OutgoingHttpHeaders,
} from "node:http2";
import { isIPv6 } from "node:net";
import {
  type AnswerSink,
  connectTimeout,
  type Failure,
  type TargetConnecting,
  type TargetConnections,
  type TargetRequest,
} from "./target-answer.ts";

/** A connection with as many streams as this gets no more; a further one is opened. */
const streamsEach = 100;

interface Session {
  readonly session: ClientHttp2Session;
  streams: number;
}

/** HTTP/2 to a target, with prior knowledge or over TLS: for HTTP/2 and gRPC target groups. */
export function http2Connections(target: TargetConnecting): TargetConnections {
  return new Http2Connections(target);
}

class Http2Connections implements TargetConnections {
  readonly #target: TargetConnecting;
  readonly #sessions = new Set<Session>();

  constructor(target: TargetConnecting) {
    this.#target = target;
  }

  send(request: TargetRequest, sink: AnswerSink): void {
    const held = this.#session();
    const { idleTimeout } = this.#target;
    held.streams += 1;
    const stream = held.session.request(headersOf(request, this.#target.secure), {
      endStream: request.body === null,
    });
    new StreamAnswer(stream, sink, idleTimeout, () => {
      held.streams -= 1;
    });
    request.body?.on("error", () => stream.close(constants.NGHTTP2_CANCEL));
    request.body?.pipe(stream);
  }

  close(): void {
    for (const { session } of this.#sessions) session.close();
  }

  destroy(): void {
    for (const { session } of this.#sessions) session.destroy();
  }

  #session(): Session {
    for (const held of this.#sessions) {
      const { session, streams } = held;
      const most = Math.min(streamsEach, session.remoteSettings?.maxConcurrentStreams ?? streamsEach);
      if (!session.closed && !session.destroyed && streams < most) return held;
    }
    const { address, port, secure, localAddress, idleTimeout } = this.#target;
    const host = isIPv6(address) ? `[${address}]` : address;
    const session = connect(`${secure ? "https" : "http"}://${host}:${port}`, {
      rejectUnauthorized: false,
      ...(localAddress && { localAddress }),
    });
    const held = { session, streams: 0 };
    const late = setTimeout(
      () => session.destroy(new Error("the target accepts no connection")),
      connectTimeout,
    );
    session.once("connect", () => clearTimeout(late));
    session.on("error", () => {});
    session.setTimeout(idleTimeout, () => {
      if (held.streams === 0) session.close();
    });
    session.on("goaway", () => session.close());
    session.once("close", () => {
      clearTimeout(late);
      this.#sessions.delete(held);
    });
    this.#sessions.add(held);
    return held;
  }
}

/** The answer on one stream. */
class StreamAnswer {
  readonly #sink: AnswerSink;
  #headed = false;
  #done = false;
  #timedOut = false;
  #aborted = false;
  #trailers: string[] = [];

  constructor(stream: ClientHttp2Stream, sink: AnswerSink, idleTimeout: number, freed: () => void) {
    this.#sink = sink;
    sink.began(() => {
      this.#aborted = true;
      stream.close(constants.NGHTTP2_CANCEL);
    });
    stream.setTimeout(idleTimeout, () => {
      this.#timedOut = true;
      stream.close(constants.NGHTTP2_CANCEL);
    });
    stream.on("response", (headers, _flags, raw?: readonly string[]) => {
      this.#headed = true;
      const more = sink.head(Number(headers[":status"] ?? 502), "", plainFields(raw ?? flat(headers)), () =>
        stream.resume(),
      );
      if (!more) stream.pause();
    });
    stream.on("data", (chunk: Buffer) => {
      if (!sink.data(chunk)) stream.pause();
    });
    stream.on("trailers", (headers) => {
      this.#trailers = plainFields(flat(headers));
    });
    stream.on("end", () => this.#end(stream.rstCode === constants.NGHTTP2_NO_ERROR));
    stream.on("error", () => {});
    stream.on("close", () => {
      freed();
      this.#end(stream.rstCode === constants.NGHTTP2_NO_ERROR);
    });
  }

  #end(clean: boolean): void {
    if (this.#done) return;
    this.#done = true;
    if (this.#headed && clean) this.#sink.ended(this.#trailers);
    else this.#sink.failed(this.#failure());
  }

  #failure(): Failure {
    if (this.#timedOut) return "timeout";
    return this.#aborted ? "aborted" : "broken";
  }
}

function headersOf({ method, path, fields }: TargetRequest, secure: boolean): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {
    ":method": method,
    ":path": path,
    ":scheme": secure ? "https" : "http",
  };
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const name = (fields[at] ?? "").toLowerCase();
    const value = fields[at + 1] ?? "";
    if (name === "host") {
      headers[":authority"] = value;
      continue;
    }
    const before = headers[name];
    if (before === undefined) headers[name] = value;
    else headers[name] = Array.isArray(before) ? [...before, value] : [String(before), value];
  }
  // RFC 9113, section 8.2.2: the one field about connections that stays, and that gRPC asks for.
  headers.te = "trailers";
  return headers;
}

function flat(headers: Readonly<Record<string, string | readonly string[] | number | undefined>>): string[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [String(value ?? "")]).flatMap((one: string) => [name, one]),
  );
}

/** Without the pseudo fields. */
function plainFields(fields: readonly string[]): string[] {
  const out: string[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const name = fields[at] ?? "";
    if (!name.startsWith(":")) out.push(name, fields[at + 1] ?? "");
  }
  return out;
}
