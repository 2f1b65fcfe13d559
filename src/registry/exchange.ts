import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { InternalOperation } from "../dispatch/operation.ts";
import type { RepositoryInput } from "../services/ecr/data-plane.ts";
import type { RegistryAddress, RegistryId } from "./address.ts";
import type { Manners } from "./manners.ts";
import type { RegistryClient, RegistryPorts } from "./ports.ts";
import { RequestBody } from "./request-body.ts";

/** Sent with every answer, as ECR and docker's registry do. */
export const apiVersion = { "Docker-Distribution-Api-Version": "registry/2.0" } as const;

/** Bytes up to which a body goes out as text, which Node joins with the head into one write: latin1 is byte for byte. */
const oneWrite = 16 * 1024;

type DataPlaneOperation<Input, Output> =
  | InternalOperation<Input, never, Output>
  | InternalOperation<Input, unknown, Output>;

/** One authenticated request about one registry, and its answer. */
export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly ports: RegistryPorts;
  readonly address: RegistryAddress;
  readonly manners: Manners;
  readonly #registry: RegistryId;
  readonly #client: RegistryClient;
  readonly #awaitsContinue: boolean;
  #body: RequestBody | undefined;

  constructor(parts: ExchangeParts) {
    this.request = parts.request;
    this.response = parts.response;
    this.ports = parts.ports;
    this.address = parts.address;
    this.manners = parts.manners;
    this.#registry = parts.registry;
    this.#client = parts.client;
    this.#awaitsContinue = parts.awaitsContinue;
  }

  /** The part of every input that says which repository of which registry is meant. */
  repository(repositoryName: string): RepositoryInput {
    return { registryId: this.#registry.account, repositoryName };
  }

  /** Asks ECR, as the caller, in this registry's region. */
  invoke<Input extends RepositoryInput, Output>(
    operation: DataPlaneOperation<Input, Output>,
    input: Input,
    body?: RequestBody,
  ): Promise<Output> {
    return this.#client.invoke(operation, input, body === undefined ? undefined : { body });
  }

  /** The query of the URL. */
  get query(): URLSearchParams {
    const url = this.request.url ?? "";
    const mark = url.indexOf("?");
    return new URLSearchParams(mark < 0 ? "" : url.slice(mark + 1));
  }

  /** The request's bytes; more than `limit` of them break off with `SIZE_INVALID`. */
  body(limit: number): RequestBody {
    this.#body = new RequestBody(this.request, {
      limit,
      begin: () => {
        if (this.#awaitsContinue) this.response.writeContinue();
      },
    });
    return this.#body;
  }

  /** Bytes of the request's body that were read. */
  get received(): number {
    return this.#body?.received ?? 0;
  }

  /** A path of this registry in the form in which the client wrote its own: what `Location` and `Link` carry. */
  path(repository: string, rest: string): string {
    return `${this.address.base}/${repository}/${rest}`;
  }

  /** Answers without a body. */
  answer(status: number, headers: OutgoingHttpHeaders): void {
    // RFC 9110, section 8.6: a 204 or 304 carries no Content-Length of its own.
    const length = status === 204 || status === 304 ? undefined : { "Content-Length": "0" };
    this.response.writeHead(status, { ...apiVersion, ...length, ...headers }).end();
  }

  /** Answers with bytes that are at hand; a HEAD gets their headers only. */
  answerBytes(status: number, headers: OutgoingHttpHeaders, bytes: Buffer): void {
    this.response.writeHead(status, { ...apiVersion, "Content-Length": bytes.length, ...headers });
    if (this.request.method === "HEAD") this.response.end();
    else if (bytes.length <= oneWrite) this.response.end(bytes.toString("latin1"), "latin1");
    else this.response.end(bytes);
  }
}

export interface ExchangeParts {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly ports: RegistryPorts;
  readonly address: RegistryAddress;
  readonly manners: Manners;
  readonly registry: RegistryId;
  readonly client: RegistryClient;
  /** The client waits for `100 Continue` before it sends its body. */
  readonly awaitsContinue: boolean;
}

/** Serves one method of one kind of path. */
export type Handle<Target> = (exchange: Exchange, target: Target) => Promise<void>;
