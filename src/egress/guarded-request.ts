import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { isIP } from "node:net";
import { second } from "../kernel/duration.ts";
import { type AddressRule, connectionFailure, EgressError, forbidden, guardedLookup } from "./guard.ts";

/** A request; its body, where it has one, is sent whole. */
export interface OutgoingRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

/**
 * Asks an address that a user named, over HTTP or HTTPS, and gives the answer as it comes: its body is the caller's to
 * read or to destroy. Redirects are answers too; whoever follows one asks again, so that its address is checked anew.
 * @throws EgressError
 */
export interface GuardedRequests {
  send(url: URL, request: OutgoingRequest): Promise<IncomingMessage>;
  /** Ends every connection. */
  close(): void;
}

export interface GuardedRequestOptions {
  /** Which IP addresses may be called. */
  readonly isAllowed: AddressRule;
  /** Places that the operator has named: they may be called wherever they are. */
  readonly isNamed: (url: URL) => boolean;
  /** Ms without a byte after which an answer is given up; half a minute by default. */
  readonly silenceMs?: number;
}

/** Connections to one place at once. */
const mostConnections = 64;

/** Makes the requests. Connections are kept for the next request to the same place. */
export function createGuardedRequests(options: GuardedRequestOptions): GuardedRequests {
  const { isAllowed, isNamed, silenceMs = 30 * second } = options;
  const shared = { keepAlive: true, maxSockets: mostConnections, timeout: silenceMs };
  // INVARIANT: connections to places that were named by the operator and to others are never shared: an agent gives a
  // kept connection to whoever asks for the same host and port, unchecked.
  const guarded = agents({ ...shared, lookup: guardedLookup(isAllowed) });
  const open = agents(shared);

  return {
    async send(url, { method, headers, body, signal }) {
      if (url.protocol !== "http:" && url.protocol !== "https:") {
        throw new EgressError("forbidden", `${url.href} is no http or https URL`);
      }
      const named = isNamed(url);
      const host = url.hostname.replace(/^\[|\]$/g, "");
      if (!named && isIP(host) !== 0 && !isAllowed(host)) throw forbidden(host);
      const pair = named ? open : guarded;
      return new Promise<IncomingMessage>((resolved, rejected) => {
        const call =
          url.protocol === "https:"
            ? httpsRequest(url, { method, headers, signal, agent: pair.https })
            : httpRequest(url, { method, headers, signal, agent: pair.http });
        call.setTimeout(silenceMs, () => call.destroy(new Error(`no byte in ${silenceMs} ms`)));
        call.once("error", (error: NodeJS.ErrnoException) => rejected(connectionFailure(url.href, error)));
        call.once("response", resolved);
        call.end(body);
      });
    },
    close() {
      for (const pair of [guarded, open]) {
        pair.http.destroy();
        pair.https.destroy();
      }
    },
  };
}

function agents(options: ConstructorParameters<typeof HttpAgent>[0]) {
  return { http: new HttpAgent(options), https: new HttpsAgent(options) };
}
