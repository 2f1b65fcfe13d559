import { createHash } from "node:crypto";
import type { Client } from "../../../dispatch/context.ts";
import type { InternalOperation } from "../../../dispatch/operation.ts";
import type { Digest } from "../../../kernel/brand.ts";
import { algorithmOf, hexDigest } from "../../../kernel/digest.ts";
import { repositoryOf } from "../arn.ts";
import { repositoryNotFound } from "../faults.ts";
import { ecrPrincipal } from "../lifecycle/jobs.ts";
import type { EcrPorts, RegistryScope } from "../ports.ts";
import { needRepository } from "../repositories/repository.ts";

/** A layer of a repository with a KMS key, as an operator asks about it. */
export interface LayerName extends RegistryScope {
  readonly repositoryName: string;
  /** Where the asker's repository keeps its blobs: another Roadstead may have one of the same name. */
  readonly vault: string;
  readonly digest: Digest;
}

/** What a layer's bytes are in the open. */
export interface HashedLayer {
  /** Bytes. */
  readonly size: number;
  readonly digest: Digest;
}

/**
 * Hashes a layer of a repository with a KMS key; ECR asks KMS for its data key.
 * @throws Fault `KmsException`, `RepositoryNotFoundException`, `BLOB_UNKNOWN`.
 */
export type HashLayer = (layer: LayerName) => Promise<HashedLayer>;

/** `HashLayer` in ECR's own name, through the one door. */
export function createLayerHashing(
  repositoryBlobs: Pick<EcrPorts["repositoryBlobs"], "of">,
  clientOf: (service: string, account: LayerName["account"], region: LayerName["region"]) => Client,
): HashLayer {
  const hashLayer: InternalOperation<Omit<LayerName, keyof RegistryScope>, never, HashedLayer> = {
    service: "ecr",
    name: "HashLayer",
    onlyFor: ecrPrincipal,
    // ECR's own work in its own name: there is no policy to ask. What it does with the key is asked by KMS.
    authorise: () => [],
    unrecorded: true,
    async read(ctx, { repositoryName, vault, digest }) {
      const key = repositoryOf({ repositoryName }, ctx);
      const repository = await needRepository(ctx.rows, key);
      if (repository.encryption.vault?.name !== vault) throw repositoryNotFound(key);
      return await hashBytes(await (await repositoryBlobs.of(repository)).read(digest), digest);
    },
  };
  return ({ account, region, ...layer }) => clientOf(ecrPrincipal, account, region).invoke(hashLayer, layer);
}

/** Size and digest of bytes, by the algorithm of the digest that they should have. */
export async function hashBytes(bytes: AsyncIterable<unknown>, expected: Digest): Promise<HashedLayer> {
  const algorithm = algorithmOf(expected);
  const hash = createHash(algorithm);
  let size = 0;
  for await (const chunk of bytes) {
    hash.update(chunk as Buffer);
    size += (chunk as Buffer).length;
  }
  return { size, digest: hexDigest(algorithm, hash.digest("hex")) };
}
