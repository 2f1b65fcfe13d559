import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { networkInterfaces } from "node:os";
import type { InstanceSource } from "./instance-source.ts";
import { metadataTree, readMetadata } from "./tree.ts";

/** What the metadata service of a machine needs. */
export interface MetadataServerOptions {
  readonly source: InstanceSource;
  /** Epoch ms. */
  readonly now: () => number;
  /** Epoch ms when the machine learnt that the instance has been terminated. */
  readonly terminatedAt: () => number | undefined;
  readonly log: { error(fields: object, message: string): void };
}

/** EC2 User Guide, "How Instance Metadata Service Version 2 works": seconds that a token may live. */
const longestToken = 21_600;

const tokenHeader = "x-aws-ec2-metadata-token";
const lifeHeader = "x-aws-ec2-metadata-token-ttl-seconds";

/** An answer: a status, and a text when there is one. */
interface Answer {
  readonly status: number;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * The instance metadata service of a machine, version 2 only: every read needs a token. It answers processes of the
 * machine itself, and no container that has an address of its own: AWS's hop limit of 1.
 */
export function createMetadataServer({ source, now, terminatedAt, log }: MetadataServerOptions): Server {
  const key = randomBytes(32);

  const makeToken = (seconds: number): string => {
    const until = `${now() + seconds * 1000}`;
    return Buffer.from(`${until}.${tag(until)}`, "utf8").toString("base64");
  };
  const tag = (until: string): string => createHmac("sha256", key).update(until).digest("hex");
  const isToken = (token: string): boolean => {
    const [until = "", given = ""] = Buffer.from(token, "base64").toString("utf8").split(".");
    const wanted = Buffer.from(tag(until));
    const shown = Buffer.from(given);
    return shown.length === wanted.length && timingSafeEqual(shown, wanted) && Number(until) > now();
  };

  async function answer(request: IncomingMessage): Promise<Answer> {
    if (!isOwnAddress(request.socket.remoteAddress)) return { status: 403 };
    // AWS: what a proxy hands on is refused.
    if (request.headers["x-forwarded-for"] !== undefined) return { status: 403 };
    const [, path] = /^\/(?:latest|\d{4}-\d{2}-\d{2})(?:\/+([^?]*))?(?:\?.*)?$/.exec(request.url ?? "") ?? [];
    if (path === undefined) return { status: 404 };
    if (path === "api/token") return token(request);
    if (request.method !== "GET") return { status: 405 };
    const shown = request.headers[tokenHeader];
    if (typeof shown !== "string" || !isToken(shown)) return { status: 401 };
    const facts = await source.facts();
    const credentials = path.startsWith("meta-data/iam") ? await source.credentials() : undefined;
    const tree = metadataTree({ facts, credentials, terminatedAt: terminatedAt(), now: now() });
    const text = readMetadata(tree, path);
    return text === undefined ? { status: 404 } : { status: 200, text };
  }

  function token(request: IncomingMessage): Answer {
    if (request.method !== "PUT") return { status: 405 };
    const seconds = Number(request.headers[lifeHeader]);
    if (!Number.isInteger(seconds) || seconds < 1 || seconds > longestToken) return { status: 400 };
    return { status: 200, text: makeToken(seconds), headers: { [lifeHeader]: `${seconds}` } };
  }

  return createServer({ maxHeaderSize: 16 * 1024 }, (request, response) => {
    request.resume();
    answer(request).then(
      (answered) => write(response, answered),
      (error: unknown) => {
        log.error({ err: error, path: request.url }, "instance metadata");
        write(response, { status: 503 });
      },
    );
  });
}

function write(response: ServerResponse, { status, text = "", headers }: Answer): void {
  response.writeHead(status, {
    "Content-Type": "text/plain",
    "Content-Length": Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

/** Whether an address is one of this machine's. */
function isOwnAddress(remote: string | undefined): boolean {
  const address = (remote ?? "").replace(/^::ffff:/, "");
  if (/^127\./.test(address) || address === "::1") return true;
  return Object.values(networkInterfaces()).some((all) => all?.some((one) => one.address === address));
}
