import type { IncomingMessage, ServerResponse } from "node:http";
import type { CallSource } from "../dispatch/context.ts";
import { Fault } from "../kernel/fault.ts";
import { parseAddress } from "./address.ts";
import { deleteBlob, readBlob, statBlob } from "./blobs.ts";
import { apiVersion, Exchange, type Handle } from "./exchange.ts";
import { answerFailure } from "./failure.ts";
import { deleteManifest, putManifest, readManifest } from "./manifests.ts";
import { type Manners, manners } from "./manners.ts";
import type { RegistryCaller, RegistryPorts } from "./ports.ts";
import { isRepositoryName } from "./references.ts";
import { listReferrers } from "./referrers.ts";
import { parseTarget, type Target, type TargetKind } from "./routes.ts";
import { listTags } from "./tags.ts";
import { appendUpload, beginUpload, cancelUpload, finishUpload, uploadStatus } from "./uploads.ts";

type Methods<T> = Readonly<Partial<Record<string, Handle<T>>>>;
type Repositories = Exclude<TargetKind, "ping" | "catalog">;
type Routes = { readonly [K in Repositories]: Methods<Extract<Target, { kind: K }>> };

/** Every method of every path about a repository (distribution-spec, "Endpoints"). */
export const routes: Routes = {
  manifest: { GET: readManifest, HEAD: readManifest, PUT: putManifest, DELETE: deleteManifest },
  blob: { GET: readBlob, HEAD: statBlob, DELETE: deleteBlob },
  uploads: { POST: beginUpload },
  upload: { GET: uploadStatus, PATCH: appendUpload, PUT: finishUpload, DELETE: cancelUpload },
  tags: { GET: listTags, HEAD: listTags },
  referrers: { GET: listReferrers, HEAD: listReferrers },
};

export interface RequestOptions {
  /**
   * The request came as the server's `checkContinue` event: `100 Continue` is sent only when the body is wanted, so
   * that a refused push costs no upload.
   */
  readonly awaitsContinue?: boolean;
}

export type RegistryHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  options?: RequestOptions,
) => Promise<void>;

/**
 * The OCI distribution API of every registry, as a handler of `node:http`. It answers each request that it is given,
 * also those whose path is not under `/v2/`, and never rejects. The server's `requestTimeout` must be off: a push may
 * take as long as its bytes need.
 */
export function createRegistryHandler(ports: RegistryPorts): RegistryHandler {
  return async (request, response, options = {}) => {
    const awaitsContinue = options.awaitsContinue ?? false;
    let kind: TargetKind | undefined;
    let ways: Manners = manners[ports.dialectOf(undefined)];
    try {
      const address = parseAddress(request.headers.host ?? "", decodedPath(request.url ?? ""));
      ways = manners[ports.dialectOf(address?.registry)];
      const { principal, region } = await callerOf(ports, request);
      // Where registries are named in paths, one login serves them all.
      if (ways.tokensOfRegion && address?.base === "/v2" && (address.registry?.region ?? region) !== region) {
        throw new Fault("DENIED", tokenOfAnotherRegion);
      }
      if (address === undefined) throw new Fault("NAME_UNKNOWN", unnamedRegistry);
      const target = parseTarget(address.rest);
      if (target === undefined)
        throw new Fault("UNSUPPORTED", "There is nothing at this path", { status: 404 });
      kind = target.kind;
      if (target.kind === "ping") return ping(request, response);
      // AWS: ECR lists repositories by DescribeRepositories only.
      if (target.kind === "catalog" || address.registry === undefined) {
        throw new Fault("UNSUPPORTED", "The catalog is not supported: use ecr:DescribeRepositories");
      }
      const handle = routes[target.kind][request.method ?? ""] as Handle<Target> | undefined;
      if (handle === undefined) {
        response.setHeader("Allow", Object.keys(routes[target.kind]).join(", "));
        throw new Fault("UNSUPPORTED", "The operation is unsupported");
      }
      if (!isRepositoryName(target.repository)) throw new Fault("NAME_INVALID", invalidName);
      const { registry } = address;
      const client = ports.as(principal, registry.region, sourceOf(ports, request));
      const exchange = new Exchange({
        request,
        response,
        ports,
        address,
        manners: ways,
        registry,
        client,
        awaitsContinue,
      });
      tellTraffic(exchange);
      await handle(exchange, target);
    } catch (error) {
      await answerFailure({ ports, request, response, kind, dialect: ways.dialect, awaitsContinue }, error);
    }
  };
}

/** Tells of the bytes of a request once it is over. */
function tellTraffic(exchange: Exchange): void {
  const { request, response, ports } = exchange;
  if (ports.onTraffic === undefined) return;
  const { socket } = request;
  const before = socket.bytesWritten;
  response.once("close", () =>
    ports.onTraffic?.({ received: exchange.received, sent: socket.bytesWritten - before }),
  );
}

/** Who is calling. Throws as `RegistryPorts.authenticate`, and tells of it when a credential was shown. */
async function callerOf(ports: RegistryPorts, request: IncomingMessage): Promise<RegistryCaller> {
  const { authorization } = request.headers;
  try {
    return await ports.authenticate(authorization);
  } catch (error) {
    // A client that shows nothing asks how to sign in: that is no refusal.
    if (authorization !== undefined && error instanceof Fault)
      ports.onRefusal?.(error, sourceOf(ports, request));
    throw error;
  }
}

/** Ours: AWS publishes the status, 403, and not the words. */
const tokenOfAnotherRegion = "Your authorization token was issued in another region.";

const unnamedRegistry =
  "The registry is not named: use <account>.dkr.ecr.<region>.<domain>/v2/<repository> or /v2/<account>.<region>/<repository>";

/** AWS: the text of the API's own validation of `repositoryName`. */
const invalidName =
  "Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must satisfy regular expression '(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*''";

/** The path of a URL, with its escapes read. */
function decodedPath(url: string): string {
  if (url.length > 8192) throw new Fault("UNSUPPORTED", "The URL is too long", { status: 414 });
  const mark = url.indexOf("?");
  const path = mark < 0 ? url : url.slice(0, mark);
  if (!path.includes("%")) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    throw new Fault("UNSUPPORTED", "The path is not well-formed", { status: 400 });
  }
}

/** `GET /v2/`: whether the registry is there and the caller known ("Determining Support", end-1). */
function ping(request: IncomingMessage, response: ServerResponse): void {
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("Allow", "GET, HEAD");
    throw new Fault("UNSUPPORTED", "The operation is unsupported");
  }
  response.writeHead(200, { ...apiVersion, "Content-Type": "application/json", "Content-Length": 2 });
  response.end(request.method === "HEAD" ? undefined : "{}");
}

function sourceOf({ clientAddress }: RegistryPorts, request: IncomingMessage): CallSource {
  const { ip, secure } = clientAddress(request);
  const { host } = request.headers;
  return {
    ip,
    userAgent: request.headers["user-agent"] ?? "",
    secure,
    ...(host === undefined ? {} : { host }),
  };
}
