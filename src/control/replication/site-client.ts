import { type ClientRequest, request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { minute } from "../../kernel/duration.ts";
import { Fault } from "../../kernel/fault.ts";
import { isJsonObject, parseJson } from "../../kernel/json.ts";
import type { SiteLink } from "../../services/ecr/sites/sites.ts";

/** One request to another site (registry/site-receiver.ts answers it). */
export interface SiteCall {
  readonly action: "repository" | "open-layer" | "layer" | "manifest" | "deletion";
  readonly input: object;
  readonly body?: Buffer | Readable;
  /** Bytes of the body. */
  readonly length?: number;
  readonly signal: AbortSignal;
}

/** How long a site may say nothing, in ms. */
const idle = 2 * minute;
/** The largest answer, in bytes. */
const largestAnswer = 64 * 1024;

/**
 * Calls another site.
 * @returns what it answers.
 * @throws Fault the site's own; or `SiteUnreachable`, `SiteCertificateUntrusted`.
 */
export async function callSite(link: SiteLink, call: SiteCall): Promise<unknown> {
  let status: number;
  let text: string;
  try {
    ({ status, text } = await exchange(link, call));
  } catch (error) {
    throw connectionFault(link, error);
  }
  const answer = parseJson(text);
  if (status === 200) return answer;
  const { error, message } = isJsonObject(answer) ? answer : {};
  if (typeof error === "string") throw new Fault(error, String(message ?? ""), { status });
  throw new Fault("SiteUnreachable", `${link.url} answered ${status}`);
}

async function exchange(
  link: SiteLink,
  { action, input, body, length = 0, signal }: SiteCall,
): Promise<{ readonly status: number; readonly text: string }> {
  const url = new URL(`/_roadstead/sites/${action}`, link.url);
  const options = {
    method: "POST",
    agent: false,
    signal,
    headers: {
      authorization: `Bearer ${link.key}`,
      "roadstead-replication": Buffer.from(JSON.stringify(input)).toString("base64url"),
      "content-type": "application/octet-stream",
      "content-length": length,
    },
  } as const;
  // An authority of the link's own takes the place of those that the machine knows.
  const call =
    url.protocol === "https:"
      ? secureRequest(url, { ...options, ...(link.ca !== undefined && { ca: link.ca }) })
      : plainRequest(url, options);
  call.setTimeout(idle, () => call.destroy(new Error("the site said nothing for too long")));
  const answered = answerOf(call);
  // Sending may break off because the site has answered early: its answer tells more.
  const sent = send(call, body).catch((error: unknown) => ({ error }));
  try {
    return await answered;
  } catch (error) {
    await sent;
    throw error;
  }
}

async function send(call: ClientRequest, body: Buffer | Readable | undefined): Promise<void> {
  if (body === undefined || Buffer.isBuffer(body)) call.end(body);
  else await pipeline(body, call);
}

function answerOf(call: ClientRequest): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    call.once("error", reject);
    call.once("response", (response) => {
      const parts: Buffer[] = [];
      let size = 0;
      response.on("data", (part: Buffer) => {
        size += part.length;
        if (size > largestAnswer) call.destroy(new Error("the answer is too large"));
        else parts.push(part);
      });
      response.once("error", reject);
      response.once("end", () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString("utf8") }),
      );
    });
  });
}

/** Codes by which TLS says that nobody vouches for the other end (Node.js, "X509 certificate error codes"). */
const untrusted = /CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS|HOSTNAME_MISMATCH/;

function connectionFault({ url }: SiteLink, error: unknown): Fault {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const text = error instanceof Error ? error.message : String(error);
  return untrusted.test(code)
    ? new Fault("SiteCertificateUntrusted", `${url}: ${text}`, { cause: error })
    : new Fault("SiteUnreachable", `${url}: ${text}`, { cause: error });
}
