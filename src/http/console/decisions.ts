import type { IncomingMessage, ServerResponse } from "node:http";
import type { WireDoor } from "../../dispatch/wire-door.ts";
import type { ClientAddressOf } from "../../kernel/client-address.ts";
import { Fault } from "../../kernel/fault.ts";
import { type Asker, answerJson, askerOf } from "./signed-request.ts";

/** What the paths begin with under which the console asks for the decision of a call; the request id follows. */
export const decisionPath = "/_roadstead/decisions/";

/**
 * Serves `GET /_roadstead/decisions/<request id>`, signed like a call of STS, whose `DecodeAuthorizationMessage` is the
 * permission: unlike the admin route, it answers anybody what their own permissions let them know.
 */
export function createDecisionHandler(
  identify: WireDoor["identify"],
  explain: (asker: Asker, requestId: string) => Promise<object>,
  clientAddress: ClientAddressOf,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return (request, response) => {
    request.resume();
    return answerJson(response, async () => {
      const [path = ""] = (request.url ?? "").split("?");
      const requestId = path.slice(decisionPath.length);
      if (request.method !== "GET" || !/^[0-9A-Za-z-]{1,64}$/.test(requestId)) {
        throw new Fault("ValidationException", "GET with a request id: letters, digits and hyphens", {
          status: 400,
        });
      }
      return explain(await askerOf(request, Buffer.alloc(0), identify, clientAddress), requestId);
    });
  };
}
