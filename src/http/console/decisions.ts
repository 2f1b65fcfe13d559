import type { IncomingMessage, ServerResponse } from "node:http";
import type { WireDoor } from "../../dispatch/wire-door.ts";
import type { Region } from "../../kernel/brand.ts";
import type { ClientAddressOf } from "../../kernel/client-address.ts";
import { Fault } from "../../kernel/fault.ts";
import type { Principal } from "../../kernel/principal.ts";

/** What the paths begin with under which the console asks for the decision of a call; the request id follows. */
export const decisionPath = "/_roadstead/decisions/";

/** The service whose signature it is: its `DecodeAuthorizationMessage` is the permission. */
const signedFor = "sts";

/** Who asks, and from where. */
interface Asker {
  readonly principal: Principal;
  readonly region: Region;
  readonly source: { readonly ip: string; readonly userAgent: string; readonly secure: boolean };
}

/**
 * Serves `GET /_roadstead/decisions/<request id>`, signed like a call of STS: unlike the admin route, it answers
 * anybody what their own permissions let them know.
 */
export function createDecisionHandler(
  identify: WireDoor["identify"],
  explain: (asker: Asker, requestId: string) => Promise<object>,
  clientAddress: ClientAddressOf,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  async function answer(request: IncomingMessage): Promise<object> {
    const [path = "", query = ""] = (request.url ?? "").split("?");
    const requestId = path.slice(decisionPath.length);
    if (request.method !== "GET" || !/^[0-9A-Za-z-]{1,64}$/.test(requestId)) {
      throw new Fault("ValidationException", "GET with a request id: letters, digits and hyphens", {
        status: 400,
      });
    }
    const headers = Object.fromEntries(
      Object.entries(request.headersDistinct).map(([name, values]) => [
        name,
        values?.length === 1 ? values[0] : values,
      ]),
    );
    const signed = { method: "GET", path, query, headers, body: Buffer.alloc(0) };
    const { ip, secure } = clientAddress(request);
    const source = { ip, userAgent: (request.headers["user-agent"] ?? "").slice(0, 1024), secure };
    return explain({ ...(await identify(signed, signedFor)), source }, requestId);
  }

  return async (request, response) => {
    request.resume();
    try {
      write(response, 200, await answer(request));
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      write(response, error.status ?? 403, { error: error.code, message: error.message });
    }
  };
}

function write(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "Content-Type": "application/json", "Cache-Control": "no-store" });
  response.end(JSON.stringify(body));
}
