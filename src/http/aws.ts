import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { CallSource } from "../dispatch/context.ts";
import type { SignedWireRequest, WireDoor } from "../dispatch/wire-door.ts";
import type { ClientAddressOf } from "../kernel/client-address.ts";
import { Fault } from "../kernel/fault.ts";
import type { BodyBudget } from "./body.ts";

/** Serves the AWS APIs: reads the body within its limit, hands the request to the door, writes the answer. */
export function createAwsHandler(
  door: Omit<WireDoor, "identify">,
  budget: BodyBudget,
  clientAddress: ClientAddressOf,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    const headers = headersOf(request);
    const url = request.url ?? "/";
    const mark = url.indexOf("?");
    let answer: Awaited<ReturnType<WireDoor["serve"]>>;
    try {
      answer = await budget.read(request, door.bodyLimit(headers), (body) =>
        door.serve({
          method: request.method ?? "GET",
          path: mark < 0 ? url : url.slice(0, mark),
          query: mark < 0 ? "" : url.slice(mark + 1),
          headers,
          body,
          source: sourceOf(request, clientAddress),
        }),
      );
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      answer = door.refuse(headers, error);
      response.setHeader("Connection", "close");
    }
    if (answer.stream !== undefined) {
      response.writeHead(answer.status, answer.headers);
      await sendStream(answer.stream, response);
      return;
    }
    // With its length told, an answer goes out in one piece rather than in chunks.
    response.writeHead(answer.status, {
      ...answer.headers,
      "content-length": Buffer.byteLength(answer.body),
    });
    response.end(answer.body);
  };
}

/** Sends what comes, as it comes, for as long as the client listens. */
async function sendStream(stream: AsyncIterable<Buffer>, response: ServerResponse): Promise<void> {
  try {
    for await (const piece of stream) {
      if (response.destroyed) return;
      if (!response.write(piece)) await Promise.race([once(response, "drain"), once(response, "close")]);
    }
    response.end();
  } catch (error) {
    // What fails when nobody listens any more, as at the end of the process, is nobody's failure.
    if (!response.destroyed) throw error;
  }
}

/** Where a request came from. */
function sourceOf(request: IncomingMessage, clientAddress: ClientAddressOf): CallSource {
  const { ip, secure } = clientAddress(request);
  return {
    ip: ip === "" ? "127.0.0.1" : ip,
    userAgent: (request.headers["user-agent"] ?? "").slice(0, 1024),
    host: request.headers.host,
    referer: request.headers.referer?.slice(0, 1024),
    secure,
  };
}

/** Headers with what was sent twice kept apart: a signature covers every value in its order. */
function headersOf(request: IncomingMessage): SignedWireRequest["headers"] {
  const distinct = request.headersDistinct;
  const out: Record<string, string | readonly string[] | undefined> = {};
  for (const name in distinct) {
    const values = distinct[name];
    out[name] = values?.length === 1 ? values[0] : values;
  }
  return out;
}
