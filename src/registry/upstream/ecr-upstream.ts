import type { BlobStore } from "../../blobs/types.ts";
import type { Client } from "../../dispatch/context.ts";
import type { Digest } from "../../kernel/brand.ts";
import { isFault } from "../../kernel/fault.ts";
import type { EcrDataPlane } from "../../services/ecr/data-plane.ts";
import type { RegistryScope } from "../../services/ecr/ports.ts";
import { UpstreamFailure } from "../../services/ecr/pull-through/faults.ts";
import { mostReferrers } from "./referrers.ts";
import type { Upstream, UpstreamBlob, UpstreamManifest } from "./upstream.ts";

export interface EcrUpstreamOptions {
  /** Calls as the service-linked role, or as the role that the rule names. */
  readonly client: Client;
  readonly operations: Pick<EcrDataPlane, "getManifest" | "listReferrers" | "openBlob">;
  readonly blobs: Pick<BlobStore, "read">;
  readonly registry: RegistryScope;
}

/**
 * A registry of another account or region of this Roadstead, asked through the one door: its repository and registry
 * policies decide, as they do for anybody (User Guide, "Pull through cache of private ECR").
 */
export class EcrUpstream implements Upstream {
  readonly #options: EcrUpstreamOptions;

  constructor(options: EcrUpstreamOptions) {
    this.#options = options;
  }

  async manifest(repositoryName: string, reference: string): Promise<UpstreamManifest> {
    const { client, operations, registry } = this.#options;
    const input = { registryId: registry.account, repositoryName, reference };
    return await asUpstream(client.invoke(operations.getManifest, input, { region: registry.region }));
  }

  async digestOf(repositoryName: string, tag: string): Promise<Digest | undefined> {
    return (await this.manifest(repositoryName, tag)).digest;
  }

  async referrers(repositoryName: string, subject: Digest): Promise<readonly Digest[]> {
    const { client, operations, registry } = this.#options;
    const input = { registryId: registry.account, repositoryName, subject, limit: mostReferrers };
    try {
      const { referrers } = await asUpstream(
        client.invoke(operations.listReferrers, input, { region: registry.region }),
      );
      return referrers.map(({ digest }) => digest);
    } catch (error) {
      if (isFault(error, "ImageNotFound")) return [];
      throw error;
    }
  }

  async blob(repositoryName: string, digest: Digest, from: number): Promise<UpstreamBlob> {
    const { client, operations, registry, blobs } = this.#options;
    const input = { registryId: registry.account, repositoryName, digest };
    const facts = await asUpstream(client.invoke(operations.openBlob, input, { region: registry.region }));
    const { size, read } = facts;
    const range = from > 0 ? { first: from, last: Math.max(from, (size ?? 0) - 1) } : undefined;
    return { size, bytes: await (read?.(range) ?? blobs.read(digest, range)) };
  }

  /** There is always an answer here; whether the role may read is each repository's to say. */
  async check(): Promise<void> {}
}

const missing = ["RepositoryNotFoundException", "ImageNotFoundException", "LayersNotFoundException"];

/** What a registry refuses here is what an upstream registry refuses. */
async function asUpstream<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (isFault(error, ...missing)) throw new UpstreamFailure("ImageNotFound", error);
    // Denied there, or the role may not be taken.
    if (isFault(error, "AccessDenied", "NoSuchEntity")) {
      throw new UpstreamFailure("UpstreamAccessDenied", error);
    }
    throw error;
  }
}
