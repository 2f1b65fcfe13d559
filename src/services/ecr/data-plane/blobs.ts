import { Fault } from "../../../kernel/fault.ts";
import type { Rows } from "../../../store/types.ts";
import { onRepository, type RepositoryKey, repositoryArn, repositoryOf } from "../arn.ts";
import { type WrittenBlob, writeBlob } from "../collection/removals.ts";
import type { BlobFacts, BlobInput, EcrDataPlane, MountBlobInput } from "../data-plane.ts";
import { layerNotFound } from "../faults.ts";
import { findLink, linkLayer, unlinkLayer } from "../layers/layers.ts";
import { copyBlobs, findStoredLayer, readerOf, type StoredLayer } from "../layers/stored-layer.ts";
import type { EcrPorts } from "../ports.ts";
import { coldLayer } from "../pull-through/cold-pull.ts";
import { findRegistry } from "../registry.ts";
import { type Encryption, findRepository, needRepository } from "../repositories/repository.ts";
import { needPushedRepository } from "./creation.ts";

const layerParameters = ({ registryId, repositoryName, digest }: BlobInput) => ({
  registryId,
  repositoryName,
  layerDigests: [digest],
});

/** Blob GET: the caller then reads the bytes from the blob store by digest. */
export const openBlob = (ports: EcrPorts): EcrDataPlane["openBlob"] => ({
  service: "ecr",
  name: "OpenBlob",
  eventName: "GetDownloadUrlForLayer",
  describe: ({ registryId, repositoryName, digest }) => ({ registryId, repositoryName, layerDigest: digest }),
  authorise: onRepository("ecr:GetDownloadUrlForLayer"),
  read: async (ctx, input) => {
    const repository = repositoryOf(input, ctx);
    const stored = await findStoredLayer(ctx.rows, repository, input.digest);
    if (stored !== undefined) {
      return { ...factsOf(stored), read: await readerOf(ports.repositoryBlobs, repository, stored) };
    }
    return (await coldLayer(ports, ctx, repository, input.digest)) ?? noBlob(ctx.rows, repository, input);
  },
});

/** Blob HEAD. */
export const statBlob = (ports: EcrPorts): EcrDataPlane["statBlob"] => ({
  service: "ecr",
  name: "StatBlob",
  eventName: "BatchCheckLayerAvailability",
  describe: layerParameters,
  authorise: onRepository("ecr:BatchCheckLayerAvailability"),
  read: async (ctx, input) => {
    const repository = repositoryOf(input, ctx);
    const stored = await findStoredLayer(ctx.rows, repository, input.digest);
    if (stored !== undefined) return factsOf(stored);
    const layer = await coldLayer(ports, ctx, repository, input.digest);
    if (layer?.size !== undefined) return { digest: input.digest, size: layer.size };
    return noBlob(ctx.rows, repository, input);
  },
});

const factsOf = ({ digest, size, mediaType }: StoredLayer): BlobFacts => ({ digest, size, mediaType });

async function noBlob(rows: Rows, repository: RepositoryKey, { digest }: BlobInput): Promise<never> {
  await needRepository(rows, repository);
  throw layerNotFound(repository, digest);
}

/** A whole layer in one request. */
export const uploadBlob = (ports: EcrPorts): EcrDataPlane["uploadBlob"] => ({
  service: "ecr",
  name: "UploadBlob",
  eventName: "CompleteLayerUpload",
  describe: layerParameters,
  authorise: onRepository("ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload"),
  async stage(ctx, input, body) {
    const repository = await needPushedRepository(ports, ctx, repositoryOf(input, ctx));
    const blobs = await ports.repositoryBlobs.of(repository);
    return await writeBlob(ctx.rows, repository, input.digest, () => blobs.put(body, input.digest));
  },
  async commit(tx, ctx, input, written): Promise<BlobFacts> {
    const repository = await needRepository(tx, repositoryOf(input, ctx));
    const { removal, ...layer } = written as WrittenBlob;
    await linkLayer(tx, repository, { ...layer, removal }, ctx.now);
    return layer;
  },
});

/** User Guide, "Blob mounting": in one registry, between repositories of one encryption, when the setting is on. */
export const mountBlob = (ports: EcrPorts): EcrDataPlane["mountBlob"] => ({
  service: "ecr",
  name: "MountBlob",
  eventName: "MountLayer",
  describe: (input) => ({ ...layerParameters(input), sourceRepositoryName: input.from }),
  authorise(input, ctx) {
    const target = repositoryOf(input, ctx);
    return [
      { action: "ecr:InitiateLayerUpload", resource: repositoryArn(target) },
      { action: "ecr:GetDownloadUrlForLayer", resource: repositoryArn(sourceOf(input, target)) },
    ];
  },
  async prepare(ctx, input) {
    const mountable = await findMountable(ctx.rows, input, repositoryOf(input, ctx));
    if (mountable === undefined) return undefined;
    const [source, target] = [mountable.source, mountable.target];
    // Each repository with a key has bytes of its own, bound to its name.
    return await copyBlobs(
      ctx.rows,
      { blobs: await ports.repositoryBlobs.of(source), encryption: source.encryption },
      { blobs: await ports.repositoryBlobs.of(target), encryption: target.encryption },
      [input.digest],
    );
  },
  async commit(tx, ctx, input, copied): Promise<BlobFacts | undefined> {
    const mountable = await findMountable(tx, input, repositoryOf(input, ctx));
    const removals = copied as Awaited<ReturnType<typeof copyBlobs>> | undefined;
    if (mountable === undefined || removals === undefined) return undefined;
    const layer = { digest: input.digest, size: mountable.size };
    await linkLayer(tx, mountable.target, { ...layer, removal: removals.get(input.digest) }, ctx.now);
    return layer;
  },
});

/** Both repositories, when the layer may be mounted from one into the other, and its size. */
async function findMountable(rows: Rows, input: MountBlobInput, key: RepositoryKey) {
  const target = await needRepository(rows, key);
  const source = await findRepository(rows, sourceOf(input, target));
  if (source === undefined || !sameEncryption(source.encryption, target.encryption)) return undefined;
  const link = await findLink(rows, source, input.digest);
  if (link === undefined || link.archived === 1 || link.pulled_through === 1) return undefined;
  if (input.anyLayer !== true) {
    if ((await findRegistry(rows, target)).settings.BLOB_MOUNTING === "DISABLED") return undefined;
    // AWS: only a layer that an image of the source names (github.com/aws/containers-roadmap, issue 2860).
    if (link.referenced !== 1) return undefined;
  }
  return { source, target, size: link.size };
}

/** Blob DELETE of the distribution-spec; AWS has none. The bytes are left to the collector. */
export const deleteBlob: EcrDataPlane["deleteBlob"] = {
  service: "ecr",
  name: "DeleteBlob",
  eventName: "BatchDeleteImage",
  describe: layerParameters,
  authorise: onRepository("ecr:BatchDeleteImage"),
  async commit(tx, ctx, input): Promise<void> {
    const repository = await needRepository(tx, repositoryOf(input, ctx));
    const link = await findLink(tx, repository, input.digest);
    if (link === undefined) throw layerNotFound(repository, input.digest);
    if (link.referenced === 1 || link.archived === 1) {
      throw new Fault("UNSUPPORTED", "The layer belongs to an image: delete the image");
    }
    await unlinkLayer(tx, repository, input.digest);
  },
};

const sourceOf = (input: MountBlobInput, target: RepositoryKey): RepositoryKey => ({
  account: target.account,
  region: target.region,
  name: input.from,
});

const sameEncryption = (one: Encryption, other: Encryption): boolean =>
  one.type === other.type && one.kmsKey === other.kmsKey;
