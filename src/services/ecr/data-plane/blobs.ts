import type { Rows } from "../../../store/types.ts";
import { onRepository, type RepositoryKey, repositoryArn, repositoryOf } from "../arn.ts";
import type { BlobFacts, BlobInput, EcrDataPlane, MountBlobInput } from "../data-plane.ts";
import { layerNotFound } from "../faults.ts";
import { findLink, linkLayer } from "../layers.ts";
import type { EcrPorts } from "../ports.ts";
import { coldLayer } from "../pull-through/cold-pull.ts";
import { findRegistry } from "../registry.ts";
import { type Encryption, findRepository, needRepository } from "../repository.ts";
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
    const stored = await findBlob(ctx.rows, repository, input);
    if (stored !== undefined) return stored;
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
    const stored = await findBlob(ctx.rows, repository, input);
    if (stored !== undefined) return stored;
    const layer = await coldLayer(ports, ctx, repository, input.digest);
    if (layer?.size !== undefined) return { digest: input.digest, size: layer.size };
    return noBlob(ctx.rows, repository, input);
  },
});

async function findBlob(
  rows: Rows,
  repository: RepositoryKey,
  { digest }: BlobInput,
): Promise<BlobFacts | undefined> {
  const link = await findLink(rows, repository, digest);
  if (link === undefined || link.archived === 1) return undefined;
  return { digest, size: link.size, mediaType: link.media_type ?? undefined };
}

async function noBlob(rows: Rows, repository: RepositoryKey, { digest }: BlobInput): Promise<never> {
  await needRepository(rows, repository);
  throw layerNotFound(repository, digest);
}

/** A whole layer in one request. */
export const uploadBlob = ({ blobs }: EcrPorts): EcrDataPlane["uploadBlob"] => ({
  service: "ecr",
  name: "UploadBlob",
  eventName: "CompleteLayerUpload",
  describe: layerParameters,
  authorise: onRepository("ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload"),
  async stage(ctx, input, body) {
    await needPushedRepository(ctx, repositoryOf(input, ctx));
    return await blobs.put(body, input.digest);
  },
  async commit(tx, ctx, input, stored): Promise<BlobFacts> {
    const repository = repositoryOf(input, ctx);
    await needRepository(tx, repository);
    const layer = stored as BlobFacts;
    await linkLayer(tx, repository, layer, ctx.now);
    return layer;
  },
});

/** User Guide, "Blob mounting": in one registry, between repositories of one encryption, when the setting is on. */
export const mountBlob: EcrDataPlane["mountBlob"] = {
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
  async commit(tx, ctx, input): Promise<BlobFacts | undefined> {
    const target = await needRepository(tx, repositoryOf(input, ctx));
    const source = await findRepository(tx, sourceOf(input, target));
    if (source === undefined || !sameEncryption(source.encryption, target.encryption)) return undefined;
    if ((await findRegistry(tx, target)).settings.BLOB_MOUNTING === "DISABLED") return undefined;
    const link = await findLink(tx, source, input.digest);
    // AWS: only a layer that an image of the source names (github.com/aws/containers-roadmap, issue 2860).
    if (link?.referenced !== 1 || link.pulled_through === 1) return undefined;
    await linkLayer(tx, target, { digest: input.digest, size: link.size }, ctx.now);
    return { digest: input.digest, size: link.size };
  },
};

const sourceOf = (input: MountBlobInput, target: RepositoryKey): RepositoryKey => ({
  account: target.account,
  region: target.region,
  name: input.from,
});

const sameEncryption = (one: Encryption, other: Encryption): boolean =>
  one.type === other.type && one.kmsKey === other.kmsKey;
