import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { TLSSocket } from "node:tls";
import { isTrusted } from "./certificate-trust.ts";
import { connectionFailure, EgressError, forbidden, guardedLookup } from "./guard.ts";

/**
 * Gets a document over HTTPS from an address that a user named.
 * @param thumbprints SHA-1 of certificates, in lower-case hex, that are trusted besides those of known authorities.
 * @throws EgressError
 */
export type DocumentFetch = (url: string, thumbprints: readonly string[]) => Promise<Buffer>;

/** What one document may cost. */
const limits = { ms: 5000, bytes: 512 * 1024, redirects: 3 } as const;

/**
 * Makes the fetch. The address that was checked is the one that is connected to, on every redirect anew, so that no
 * name can change its mind in between.
 * @param isAllowed which IP addresses may be called: `isPublicAddress`, unless private ones were allowed.
 */
export function createDocumentFetch(isAllowed: (address: string) => boolean): DocumentFetch {
  return async (url, thumbprints) => {
    const signal = AbortSignal.timeout(limits.ms);
    let target = httpsUrl(url);
    for (let redirects = 0; redirects <= limits.redirects; redirects++) {
      const host = target.hostname.replace(/^\[|\]$/g, "");
      if (isIP(host) !== 0 && !isAllowed(host)) throw forbidden(host);
      const response = await get(target, host, thumbprints, guardedLookup(isAllowed), signal);
      const { statusCode: status = 0, headers } = response;
      if (status === 200) return body(response);
      response.destroy();
      if (![301, 302, 303, 307, 308].includes(status) || headers.location === undefined) {
        throw new EgressError(
          status >= 500 ? "unreachable" : "unusable",
          `${target.href} answered ${status}`,
        );
      }
      target = httpsUrl(headers.location, target);
    }
    throw new EgressError("unusable", `${url} redirects more than ${limits.redirects} times`);
  };
}

function httpsUrl(text: string, base?: URL): URL {
  const url = URL.canParse(text, base?.href) ? new URL(text, base?.href) : undefined;
  if (url?.protocol !== "https:") throw new EgressError("forbidden", `${text} is no https URL`);
  return url;
}

function get(
  url: URL,
  host: string,
  thumbprints: readonly string[],
  lookup: LookupFunction,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolved, rejected) => {
    const call = request(url, {
      agent: false,
      lookup,
      signal,
      headers: { accept: "application/json" },
      // Whether to believe the server is decided below, before anything of its answer is read.
      rejectUnauthorized: thumbprints.length === 0,
    });
    call.once("error", (error: NodeJS.ErrnoException) => rejected(connectionFailure(url.href, error)));
    call.once("response", (response) => {
      const { socket } = response;
      if (socket instanceof TLSSocket && isTrusted(socket, host, thumbprints, Date.now())) {
        return resolved(response);
      }
      response.destroy();
      rejected(new EgressError("untrusted", `${url.href}: nobody vouches for its certificate`));
    });
    call.end();
  });
}

async function body(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > limits.bytes) {
        throw new EgressError("unusable", `more than ${limits.bytes} bytes`);
      }
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof EgressError) throw error;
    throw new EgressError("unreachable", "the answer broke off", { cause: error });
  } finally {
    response.destroy();
  }
  return Buffer.concat(chunks);
}
