import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout } from "node:timers/promises";
import type { RegistryDialect } from "../kernel/registry-dialect.ts";
import { errorBody, registryError } from "./errors.ts";
import { apiVersion } from "./exchange.ts";
import type { RegistryPorts } from "./ports.ts";
import { contentLength, hasBody } from "./request-body.ts";
import type { TargetKind } from "./routes.ts";

/** Bytes of an unwanted body that are read and thrown away so that the client gets to read the answer. */
const drainLimit = 1024 * 1024;
/** How long that may take, in milliseconds. */
const drainTime = 5_000;

const errorType = "application/json; charset=utf-8";

/** A request that failed, and where its answer goes. */
export interface Failing {
  readonly ports: RegistryPorts;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly kind: TargetKind | undefined;
  readonly dialect: RegistryDialect;
  readonly awaitsContinue: boolean;
}

/** Answers a failed request; what went out already can only be cut off. Never rejects. */
export async function answerFailure(failing: Failing, error: unknown): Promise<void> {
  const { request, response, ports, kind, dialect } = failing;
  // The client has gone: what it sent is kept by whoever keeps uploads, and nobody waits for an answer.
  if (response.destroyed || request.socket.destroyed) return;
  const known = registryError(error, kind, dialect);
  if (known === undefined) ports.reportError(error, { method: request.method ?? "", url: request.url ?? "" });
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (known?.status === 401) {
    const scheme = ports.clientAddress(request).secure ? "https" : "http";
    const realm = `${scheme}://${(request.headers.host ?? "").replaceAll(/["\\\r\n]/g, "")}/`;
    const challenge = { "WWW-Authenticate": `Basic realm="${realm}",service="ecr.amazonaws.com"` };
    // AWS: no error code, only a text.
    if (dialect === "ecr")
      await answer(failing, 401, "text/plain; charset=utf-8", "Not Authorized\n", challenge);
    else await answer(failing, 401, errorType, errorBody(known.code, known.message), challenge);
    return;
  }
  const { status, code, message } = known ?? { status: 500, code: "UNKNOWN", message: "unknown error" };
  await answer(failing, status, errorType, errorBody(code, message));
}

async function answer(
  failing: Failing,
  status: number,
  contentType: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { request, response } = failing;
  const bodyLeft = hasBody(request) && !request.complete;
  response.writeHead(status, {
    ...apiVersion,
    "Content-Type": contentType,
    "Content-Length": Buffer.byteLength(body),
    ...headers,
    // The next request on this connection could only begin after a body that nobody wants.
    ...(bodyLeft && !isShort(failing) ? { Connection: "close" } : {}),
  });
  const shown = request.method === "HEAD" ? "" : body;
  if (!bodyLeft) {
    response.end(shown);
    return;
  }
  // The answer is complete once written; ending it would close the connection under a client that is still sending,
  // whose system might then throw the answer away unread.
  response.write(shown);
  if (!failing.awaitsContinue) await drain(request);
  response.end();
}

/** Whether the rest of the body is surely on its way and soon read. */
function isShort({ request, awaitsContinue }: Failing): boolean {
  const length = contentLength(request);
  return !awaitsContinue && length !== undefined && length <= drainLimit;
}

/** Reads a bounded part of what is left of a body, and leaves it flowing. */
async function drain(request: IncomingMessage): Promise<void> {
  const enough = new AbortController();
  let drained = 0;
  const count = (bytes: Buffer): void => {
    drained += bytes.length;
    if (drained > drainLimit) enough.abort();
  };
  request.on("data", count);
  request.resume();
  const { signal } = enough;
  try {
    await Promise.race([
      once(request, "end", { signal }),
      once(request, "close", { signal }),
      setTimeout(drainTime, undefined, { signal, ref: false }),
    ]);
  } catch {
    // Enough was read, or the connection broke: either way there is nothing more to wait for.
  } finally {
    enough.abort();
    request.off("data", count);
  }
}
