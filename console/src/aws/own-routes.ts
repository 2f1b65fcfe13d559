import { Sha256Js } from "@smithy/core/checksum";
import { SignatureV4 } from "@smithy/signature-v4";
import type { Session } from "../session/session.ts";
import type { Failure } from "./failure.ts";

/** A route of Roadstead's own did not answer what was asked. */
export class RouteRefusal extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.name = failure.code;
    this.failure = failure;
  }
}

/**
 * Asks a route of Roadstead's own, signed like a call of STS in a region.
 * @param body sent as JSON by POST; GET when left out.
 * @throws RouteRefusal with AWS's code for what is refused.
 */
export async function askRoute(
  { credentials }: Pick<Session, "credentials">,
  region: string,
  path: string,
  { body, signal }: { readonly body?: object; readonly signal?: AbortSignal } = {},
): Promise<Response> {
  const { protocol, host, hostname } = window.location;
  const text = body === undefined ? undefined : JSON.stringify(body);
  const method = text === undefined ? "GET" : "POST";
  const signer = new SignatureV4({ service: "sts", region, credentials, sha256: Sha256Js });
  const { headers } = await signer.sign({
    ...{ method, protocol, hostname, path, query: {}, body: text },
    headers: { host, ...(text !== undefined && { "content-type": "application/json" }) },
  });
  const { host: _, ...own } = headers;
  const response = await fetch(path, { method, headers: own, body: text, signal });
  if (response.ok) return response;
  const { error: code = "Error", message = "" } = (await response.json()) as {
    readonly error?: string;
    readonly message?: string;
  };
  throw new RouteRefusal({ code, message });
}
