import type { IncomingMessage, ServerResponse } from "node:http";
import type { WireDoor } from "../../dispatch/wire-door.ts";
import type { Region } from "../../kernel/brand.ts";
import type { ClientAddressOf } from "../../kernel/client-address.ts";
import { Fault } from "../../kernel/fault.ts";
import type { Principal } from "../../kernel/principal.ts";

/** Who asks a route of the console, and from where. */
export interface Asker {
  readonly principal: Principal;
  readonly region: Region;
  readonly source: { readonly ip: string; readonly userAgent: string; readonly secure: boolean };
}

/** The service whose signature the routes of the console take: they tell a caller of its own permissions. */
const signedFor = "sts";

/**
 * Who signed a request to a route of the console.
 * @throws Fault as `WireDoor.identify`.
 */
export async function askerOf(
  request: IncomingMessage,
  body: Buffer,
  identify: WireDoor["identify"],
  clientAddress: ClientAddressOf,
): Promise<Asker> {
  const [path = "", query = ""] = (request.url ?? "").split("?");
  const headers = Object.fromEntries(
    Object.entries(request.headersDistinct).map(([name, values]) => [
      name,
      values?.length === 1 ? values[0] : values,
    ]),
  );
  const { ip, secure } = clientAddress(request);
  const source = { ip, userAgent: (request.headers["user-agent"] ?? "").slice(0, 1024), secure };
  const signed = { method: request.method ?? "GET", path, query, headers, body };
  return { ...(await identify(signed, signedFor)), source };
}

/** Answers with JSON what `answer` returns, or its fault. */
export async function answerJson(response: ServerResponse, answer: () => Promise<object>): Promise<void> {
  try {
    write(response, 200, await answer());
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    if (!response.req.complete) response.setHeader("Connection", "close");
    write(response, error.status ?? 403, { error: error.code, message: error.message });
  }
}

function write(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "Content-Type": "application/json", "Cache-Control": "no-store" });
  response.end(JSON.stringify(body));
}
