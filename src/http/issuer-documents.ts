import type { IncomingMessage, ServerResponse } from "node:http";

/** What the paths of issuers' documents begin with. */
export const issuerPath = "/_roadstead/issuers/";

type DocumentName = "openid-configuration" | "jwks.json";

/**
 * Serves the documents of accounts that make web identity tokens, to everybody: the configuration and the keys by which
 * others verify the tokens (OpenID Connect Discovery 1.0, section 4).
 * @param find the document, or `undefined` when there is no such issuer.
 */
export function createIssuerDocuments(
  find: (issuer: string, document: DocumentName) => Promise<object | undefined>,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    const path = (request.url ?? "").slice(issuerPath.length);
    const [, issuer, name] =
      /^([0-9a-f-]{36})\/\.well-known\/(openid-configuration|jwks\.json)(?:\?.*)?$/.exec(path) ?? [];
    const reads = request.method === "GET" || request.method === "HEAD";
    const document = reads && issuer !== undefined ? await find(issuer, name as DocumentName) : undefined;
    const body = JSON.stringify(document ?? { message: "There is no such document." });
    response.writeHead(document === undefined ? 404 : 200, {
      "Content-Type": "application/json",
      "Content-Length": Buffer.byteLength(body),
      "Cache-Control": "public, max-age=60",
    });
    response.end(request.method === "HEAD" ? undefined : body);
  };
}
