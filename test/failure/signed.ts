import { createHash, createHmac } from "node:crypto";
import { Agent, type OutgoingHttpHeaders, request } from "node:http";

/** An answer as it came over the wire. */
export interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: Buffer;
}

/** A request whose every byte is the test's. */
export interface Draft {
  readonly method?: string;
  /** Sent as it is: nothing is normalised. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

/** Connections are kept, so that what a request leaves behind would harm the next one. */
const agent = new Agent({ keepAlive: true, maxSockets: 32 });

/** Sends a request without credentials. */
export function send(url: string, draft: Draft): Promise<Answer> {
  const { hostname, port } = new URL(url);
  const headers: OutgoingHttpHeaders = { ...draft.headers };
  const body = Buffer.from(draft.body ?? "");
  if (headers["content-length"] === undefined) headers["content-length"] = body.length;
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { agent, host: hostname, port, method: draft.method ?? "POST", path: draft.path ?? "/", headers },
      (response) => {
        const pieces: Buffer[] = [];
        response.on("data", (piece: Buffer) => pieces.push(piece));
        response.on("error", reject);
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(pieces),
          }),
        );
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/**
 * Sends a request signed with the well-known key of an account (Signature Version 4). The signature is right, whatever
 * the request says: what is behind the door gets to see it.
 */
export function sendSigned(url: string, account: string, service: string, draft: Draft): Promise<Answer> {
  const { host } = new URL(url);
  const path = draft.path ?? "/";
  const body = Buffer.from(draft.body ?? "");
  const date = new Date().toISOString().replace(/[-:]|\.\d{3}/g, "");
  const scope = `${date.slice(0, 8)}/us-east-1/${service}/aws4_request`;
  const hash = (data: Buffer | string): string => createHash("sha256").update(data).digest("hex");
  const keyed = (key: Buffer | string, data: string): Buffer =>
    createHmac("sha256", key).update(data).digest();
  const canonical = [
    draft.method ?? "POST",
    path.split("/").map(encodeURIComponent).join("/"),
    "",
    `host:${host}\nx-amz-date:${date}\n`,
    "host;x-amz-date",
    hash(body),
  ].join("\n");
  const key = scope.split("/").reduce<Buffer | string>(keyed, "AWS4test") as Buffer;
  const signature = keyed(key, `AWS4-HMAC-SHA256\n${date}\n${scope}\n${hash(canonical)}`).toString("hex");
  const authorization = `AWS4-HMAC-SHA256 Credential=${account}/${scope}, SignedHeaders=host;x-amz-date, Signature=${signature}`;
  return send(url, { ...draft, headers: { ...draft.headers, host, "x-amz-date": date, authorization } });
}

/** The error code of an answer, as AWS's protocols or the OCI registry write it; empty when there is none. */
export function codeOf({ body }: Answer): string {
  const text = body.toString("latin1");
  // AWS: an operation that no protocol knows is told in one empty element.
  const xml = /<Code>([^<]+)<\/Code>|^<(\w+)\/>\n?$/.exec(text)?.slice(1).find(Boolean);
  if (xml !== undefined) return xml;
  try {
    const value = JSON.parse(text) as { __type?: string; error?: string; errors?: { code: string }[] };
    return value.__type?.replace(/^.*#/, "") ?? value.errors?.[0]?.code ?? value.error ?? "";
  } catch {
    return "";
  }
}

/** Whether a request was served or refused in words a client understands: never by a failure of ours. */
export function isClear(answer: Answer): boolean {
  if (answer.status < 400) return true;
  const code = codeOf(answer);
  // An operation that is not built yet says so; nothing else may be of the 500s.
  return answer.status < 500 ? code !== "" : answer.status === 501 && code === "NotImplemented";
}
