import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { minute, second } from "../../../kernel/duration.ts";
import { EngineError, type EngineErrorKind } from "../port.ts";

/** Where a Docker Engine listens: a socket file, or a host and port without TLS. */
export type DockerAddress =
  | { readonly socketPath: string }
  | { readonly host: string; readonly port: number };

/**
 * Reads `DOCKER_HOST` as the docker command does: `unix:///var/run/docker.sock`, `tcp://host:2375`.
 * @returns undefined for what is neither (`ssh://`, `npipe://`).
 */
export function parseDockerHost(text: string): DockerAddress | undefined {
  if (text.startsWith("unix://")) {
    const socketPath = text.slice("unix://".length);
    return socketPath.startsWith("/") ? { socketPath } : undefined;
  }
  if (!/^(tcp|http):\/\//.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text.replace(/^tcp:/, "http:"));
  return { host: url.hostname.replace(/^\[|\]$/g, ""), port: url.port === "" ? 2375 : Number(url.port) };
}

/** One request to the engine. */
export interface DockerRequest {
  readonly method: "GET" | "POST" | "DELETE" | "HEAD";
  /** From the root, without the version: `/containers/json`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  /** Sent as JSON, or as it is when it is bytes. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Whether to ask without a version, which any engine answers. */
  readonly unversioned?: true;
  /** How long the engine may think before it answers, in milliseconds; two minutes by default, 0 for ever. */
  readonly timeoutMs?: number;
}

/** The most JSON that is read of one answer. */
const maxAnswer = 64 << 20;

/** HTTP to a Docker Engine. Connections are kept and used again. */
export class DockerConnection {
  readonly #address: DockerAddress;
  readonly #agent = new Agent({ keepAlive: true, maxFreeSockets: 8, timeout: minute });
  /** Streams and requests that wait; `close` ends them. */
  readonly #open = new Set<ClientRequest>();
  /** `/v1.41`, once the version is agreed on. */
  version = "";

  constructor(address: DockerAddress) {
    this.#address = address;
  }

  /** The answer's head, its body unread. Throws `EngineError` for a refusal. */
  async send(request: DockerRequest): Promise<IncomingMessage> {
    const response = await this.#exchange(request);
    if ((response.statusCode ?? 500) < 400) return response;
    throw await refusal(response);
  }

  /** The answer as JSON; undefined when it is empty. */
  async json<T>(request: DockerRequest): Promise<T> {
    const text = await readText(await this.send(request));
    try {
      return (text === "" ? undefined : JSON.parse(text)) as T;
    } catch (error) {
      throw new EngineError("server", "the engine answered something that is not JSON", error);
    }
  }

  /** For calls whose answer is of no interest. */
  async run(request: DockerRequest): Promise<void> {
    await readText(await this.send(request));
  }

  /** Takes the connection over: bytes both ways. */
  async upgrade(request: DockerRequest): Promise<Duplex> {
    return new Promise((resolve, reject) => {
      const sent = this.#start({ ...request, headers: { connection: "Upgrade", upgrade: "tcp" } });
      sent.on("upgrade", (_response, socket, head) => {
        if (head.length > 0) socket.unshift(head);
        resolve(socket);
      });
      sent.on("response", (response) => {
        refusal(response).then(reject, reject);
      });
      sent.on("error", (error) => reject(broken(error)));
    });
  }

  /** Ends what is under way. */
  close(): void {
    for (const request of this.#open) request.destroy();
    this.#agent.destroy();
  }

  #exchange(request: DockerRequest): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const sent = this.#start(request);
      const limit = request.timeoutMs ?? 2 * minute;
      const timer =
        limit === 0
          ? undefined
          : setTimeout(() => {
              reject(new EngineError("timeout", `the engine did not answer within ${limit / second} s`));
              sent.destroy();
            }, limit);
      sent.on("response", (response) => {
        clearTimeout(timer);
        resolve(response);
      });
      sent.on("error", (error) => {
        clearTimeout(timer);
        reject(broken(error));
      });
    });
  }

  #start({ method, path, query, body, headers, signal, unversioned }: DockerRequest): ClientRequest {
    const parameters = Object.entries(query ?? {}).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    );
    const search = parameters.length === 0 ? "" : `?${new URLSearchParams(parameters)}`;
    const bytes = body === undefined || Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
    const request = httpRequest({
      ...this.#address,
      agent: this.#agent,
      method,
      path: `${unversioned === true ? "" : this.version}${path}${search}`,
      headers: {
        host: "docker",
        ...(bytes === undefined ? {} : { "content-length": bytes.length }),
        ...(bytes === undefined
          ? {}
          : { "content-type": bytes === body ? "application/x-tar" : "application/json" }),
        ...headers,
      },
      signal,
    });
    this.#open.add(request);
    request.on("close", () => this.#open.delete(request));
    request.end(bytes);
    return request;
  }
}

/** Reads a body to its end. */
async function readText(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of response) {
      size += part.length;
      if (size > maxAnswer) throw new EngineError("server", "the engine's answer is too long");
      parts.push(part);
    }
  } catch (error) {
    throw broken(error);
  }
  return Buffer.concat(parts).toString("utf8");
}

const kinds: Readonly<Record<number, EngineErrorKind>> = {
  400: "bad-request",
  401: "unauthorized",
  403: "unauthorized",
  404: "not-found",
  409: "conflict",
};

async function refusal(response: IncomingMessage): Promise<EngineError> {
  const text = await readText(response).catch(() => "");
  return new EngineError(kinds[response.statusCode ?? 500] ?? "server", messageOf(text));
}

function messageOf(text: string): string {
  try {
    const parsed = JSON.parse(text) as { readonly message?: unknown } | null;
    if (typeof parsed?.message === "string") return parsed.message;
  } catch {
    // Proxies in front of an engine answer plain text.
  }
  return text.trim() === "" ? "the engine gave no reason" : text.trim().slice(0, 1024);
}

/** What a broken connection is told as. */
export function broken(error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new EngineError("unreachable", text, error);
}
