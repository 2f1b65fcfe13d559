import type { IncomingMessage, ServerResponse } from "node:http";
import type { Client } from "../dispatch/context.ts";
import { isAccountId } from "../kernel/account.ts";
import type { AccountId, Region } from "../kernel/brand.ts";
import { isDigest } from "../kernel/digest.ts";
import { Fault } from "../kernel/fault.ts";
import { isJsonObject, type Json, parseJson } from "../kernel/json.ts";
import { isRegion } from "../kernel/region.ts";
import { provisionRepository } from "../services/ecr/creation-templates/provision-repository.ts";
import type { EcrDataPlane } from "../services/ecr/data-plane.ts";
import { isImageTag } from "../services/ecr/images/image-tag.ts";
import { largestManifest } from "../services/ecr/images/manifest.ts";
import { largestLayer } from "../services/ecr/layers/layer-parts.ts";
import type { ReplicaInput, SiteKey, SiteOperations } from "../services/ecr/sites/sites.ts";
import { isRepositoryName } from "./references.ts";
import { RequestBody, readAll } from "./request-body.ts";

/** Where other sites send what they replicate. */
export const sitesPath = "/_roadstead/sites/";

export interface SiteReceiverPorts {
  readonly operations: Pick<EcrDataPlane, "applyCreationTemplate">;
  readonly sites: SiteOperations;
  /** The service in its own name, for looking a key up. */
  readonly service: Client;
  /** The replication role of an account at this site, working in a region. */
  replicator(account: AccountId, region: Region): Client;
  reportError(error: unknown): void;
}

/** What every request says, in its header: the repository at this site, and whose image it was. */
interface Addressed {
  readonly region: Region;
  readonly account: AccountId;
  readonly repository: Pick<ReplicaInput, "registryId" | "repositoryName" | "source">;
  readonly members: { readonly [name: string]: Json };
}

/**
 * Answers another site. A valid key lets it present the replication role of the accounts that the key names, and
 * nothing else: each request is a call of that role at this site, decided by this site's policies.
 */
export function createSiteReceiver(
  ports: SiteReceiverPorts,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const { sites } = ports;

  const actions: Readonly<
    Record<string, (role: Client, to: Addressed, request: IncomingMessage) => Promise<unknown>>
  > = {
    async repository(role, { repository: { registryId, repositoryName } }) {
      await provisionRepository(role, ports.operations, {
        registryId,
        repositoryName,
        appliedFor: "REPLICATION",
      });
      return {};
    },
    "open-layer": (role, to) => role.invoke(sites.openReplicaLayer, layerOf(to)),
    layer: (role, to, request) => {
      const layer = { ...layerOf(to), offset: sizeOf(to.members.offset) };
      return role.invoke(sites.receiveReplicaLayer, layer, { body: bodyOf(request, largestLayer) });
    },
    async manifest(role, to, request) {
      const bytes = await readAll(bodyOf(request, largestManifest));
      const { mediaType } = to.members;
      if (typeof mediaType !== "string") throw malformed("mediaType");
      return await role.invoke(sites.receiveReplicaManifest, {
        ...to.repository,
        digest: digestOf(to),
        mediaType,
        bytes,
        whole: to.members.whole === true,
        tag: tagOf(to),
      });
    },
    async deletion(role, to) {
      await role.invoke(sites.receiveReplicaDeletion, {
        ...to.repository,
        digest: digestOf(to),
        tag: tagOf(to),
      });
      return {};
    },
  };

  async function answer(request: IncomingMessage): Promise<unknown> {
    const key = await keyOf(request);
    const name = (request.url ?? "").slice(sitesPath.length);
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
    if (action === undefined || request.method !== "POST") {
      throw new Fault("NotFound", "no such action", { status: 404 });
    }
    const to = addressed(request);
    if (!key.accounts.includes(to.account)) {
      throw refused(`the key '${key.name}' is not for account ${to.account}`);
    }
    return await action(ports.replicator(to.account, to.region), to, request);
  }

  async function keyOf(request: IncomingMessage): Promise<SiteKey> {
    const given = /^Bearer (\S{1,200})$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
    const key = await ports.service.invoke(sites.openSiteKey, { key: given });
    if (key === undefined) throw refused("the key is unknown here or was revoked");
    return key;
  }

  return async (request, response) => {
    try {
      write(response, 200, await answer(request));
    } catch (error) {
      const fault = error instanceof Fault ? error : unknown(error);
      if (!request.complete) response.setHeader("Connection", "close");
      write(response, fault.status ?? 400, { error: fault.code, message: fault.message });
    }
  };

  function unknown(error: unknown): Fault {
    ports.reportError(error);
    return new Fault("InternalFailure", "internal failure", { status: 500 });
  }
}

function write(response: ServerResponse, status: number, body: unknown): void {
  if (response.destroyed) return;
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(`${JSON.stringify(body)}\n`);
}

/** Reads the header. Throws `ValidationException` naming the member. */
function addressed(request: IncomingMessage): Addressed {
  const header = request.headers["roadstead-replication"];
  const text = Buffer.from(typeof header === "string" ? header : "", "base64url").toString("utf8");
  const members = parseJson(text);
  if (!isJsonObject(members)) throw malformed("Roadstead-Replication");
  const { registryId, region, repositoryName, source } = members;
  if (typeof registryId !== "string" || !isAccountId(registryId)) throw malformed("registryId");
  if (typeof region !== "string" || !isRegion(region)) throw malformed("region");
  if (typeof repositoryName !== "string" || !isRepositoryName(repositoryName)) {
    throw malformed("repositoryName");
  }
  if (!isJsonObject(source)) throw malformed("source");
  const { account, region: from } = source;
  if (typeof account !== "string" || !isAccountId(account)) throw malformed("source.account");
  if (typeof from !== "string" || !isRegion(from)) throw malformed("source.region");
  const repository = { registryId, repositoryName, source: { account, region: from } };
  return { region, account, repository, members };
}

function layerOf(to: Addressed) {
  return { ...to.repository, digest: digestOf(to), size: sizeOf(to.members.size) };
}

function digestOf({ members: { digest } }: Addressed): ReplicaInput["digest"] {
  if (typeof digest !== "string" || !isDigest(digest)) throw malformed("digest");
  return digest;
}

function tagOf({ members: { tag } }: Addressed): string | undefined {
  if (tag === undefined) return undefined;
  if (typeof tag !== "string" || !isImageTag(tag)) throw malformed("tag");
  return tag;
}

function sizeOf(value: Json | undefined): number {
  const whole = typeof value === "number" && Number.isSafeInteger(value);
  if (!whole || value < 0 || value > largestLayer) throw malformed("size or offset");
  return value;
}

function bodyOf(request: IncomingMessage, limit: number): RequestBody {
  return new RequestBody(request, { limit, begin: () => undefined });
}

function malformed(member: string): Fault {
  return new Fault("ValidationException", `${member} is missing or malformed`, { status: 400 });
}

/** The link is not, or no longer, for this. */
function refused(why: string): Fault {
  return new Fault("SiteLinkRefused", why, { status: 403 });
}
