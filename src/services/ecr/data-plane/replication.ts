import type { BlobStore } from "../../../blobs/types.ts";
import type { Digest } from "../../../kernel/brand.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import { onRepository, type RepositoryKey, repositoryOf } from "../arn.ts";
import type { EcrDataPlane, ReplicateImageInput, ReplicateImageOutput } from "../data-plane.ts";
import { emitReplicationActions } from "../events.ts";
import { imageNotFound, layersNotFound } from "../faults.ts";
import { checkImageCount, isNearlyFull } from "../images/image-quota.ts";
import { findManifest, imagesAmong, taggedDigest } from "../images/images.ts";
import { requiredLayers } from "../images/manifest.ts";
import { insertImage, putTag, type ReadImage, readImage } from "../images/push.ts";
import { restoreImage } from "../images/storage-class.ts";
import { isImmutable } from "../images/tag-mutability.ts";
import { linkLayer, linksAmong } from "../layers/layers.ts";
import { copyBlobs } from "../layers/stored-layer.ts";
import type { EcrPorts } from "../ports.ts";
import { type ReplicationJob, replicationPrincipal, sourceImageGone } from "../replication/job.ts";
import { settleStatus } from "../replication/status.ts";
import { findRepository, needRepository, type Repository } from "../repositories/repository.ts";
import { scanArrived } from "../scanning/scans.ts";
import { settleBackfillItem } from "./backfill.ts";

/** An image as it is copied: its size, and the sizes of the layers it needs. */
export interface CopiedImage extends ReadImage {
  readonly size: number;
  readonly layers: readonly { readonly digest: Digest; readonly size: number }[];
}

/** Images whose blobs are where they are wanted, and what `linkLayer` is to be told of these. */
interface Copied {
  readonly images: readonly CopiedImage[];
  readonly removals: Awaited<ReturnType<typeof copyBlobs>>;
  /** Whether the transaction has to count the images of the destination. */
  readonly nearlyFull: boolean;
}

/**
 * The destination's side of replication (User Guide, "Private image replication"). Blobs are one copy per store, so
 * what is copied are links; bytes only to or from a repository with a KMS key, encrypted anew; a push's own rules are not looked at, so that nothing is replicated twice over.
 */
export const replicateImage = ({ repositoryBlobs }: EcrPorts): EcrDataPlane["replicateImage"] => ({
  service: "ecr",
  name: "ReplicateImage",
  onlyFor: replicationPrincipal,
  describe: ({ registryId, repositoryName, source, digest, tag }) => ({
    registryId,
    repositoryName,
    sourceRegistryId: source.account,
    sourceRegion: source.region,
    imageId: { imageDigest: digest, imageTag: tag },
  }),
  authorise: onRepository("ecr:ReplicateImage"),

  async prepare(ctx, input): Promise<Copied> {
    // INVARIANT: a registry's images are read only by the role of the account that owns them.
    if (ctx.account !== input.source.account) {
      throw new Fault("AccessDeniedException", "The source registry is not of the caller's account");
    }
    const destination = await needRepository(ctx.rows, repositoryOf(input, ctx));
    const source = await findRepository(ctx.rows, sourceOf(input));
    if (source === undefined) throw imageNotFound(sourceOf(input), { imageDigest: input.digest });
    const blobs = await repositoryBlobs.of(source);
    const images = await collect(ctx.rows, blobs, source, input.digest);
    const { encryption } = destination;
    const removals = await copyBlobs(
      ctx.rows,
      { blobs, encryption: source.encryption },
      { blobs: await repositoryBlobs.of(destination), encryption },
      new Set(images.flatMap(({ layers }) => layers.map(({ digest }) => digest))),
    );
    return { images, removals, nearlyFull: await isNearlyFull(ctx.rows, destination) };
  },

  async commit(tx, ctx, input, prepared): Promise<ReplicateImageOutput> {
    const destination = await needRepository(tx, repositoryOf(input, ctx));
    const { images, removals, nearlyFull } = prepared as Copied;
    const known = await imagesAmong(
      tx,
      destination,
      images.map(({ digest }) => digest),
    );
    for (const image of images) {
      if (known.has(image.digest)) {
        // AWS: what is archived at the destination is restored (User Guide, "Private image replication").
        await restoreImage(tx, destination, image.digest, ctx);
        continue;
      }
      for (const layer of image.layers) {
        await linkLayer(tx, destination, { ...layer, removal: removals.get(layer.digest) }, ctx.now);
      }
      await insertImage(tx, destination, image, image.size, ctx.now);
      await scanArrived(tx, destination, image, ctx.now);
    }
    if (nearlyFull) await checkImageCount(tx, destination);

    if (input.tag === undefined || (await movedAway(tx, input, input.tag))) return { tagged: false };
    return { tagged: await tagReplica(tx, destination, input.digest, input.tag, ctx.now) };
  },
});

/**
 * Puts the tag on an image that arrived, if there is a tag. AWS: where it is immutable and taken, the image arrives
 * without it.
 * @returns whether the tag names the image.
 */
export async function tagReplica(
  tx: Tx,
  destination: Repository,
  digest: Digest,
  tag: string | undefined,
  now: number,
): Promise<boolean> {
  if (tag === undefined) return false;
  const current = await taggedDigest(tx, destination, tag);
  if (current !== undefined && current !== digest && isImmutable(destination.mutability, tag)) return false;
  await putTag(tx, destination, tag, digest, now);
  return true;
}

/** The repository that is copied from. */
export const sourceOf = ({ source, repositoryName }: ReplicateImageInput): RepositoryKey => ({
  account: source.account as RepositoryKey["account"],
  region: source.region as RepositoryKey["region"],
  name: repositoryName,
});

/**
 * Whether the source has put the tag on another image since the push, or taken it off. That has its own job; this one,
 * which may be late, must not take the tag back.
 */
async function movedAway(tx: Tx, input: ReplicateImageInput, tag: string): Promise<boolean> {
  return (await taggedDigest(tx, sourceOf(input), tag)) !== input.digest;
}

/** The image with all it references, what is referenced first; every blob is checked to be in the store. */
export async function collect(
  rows: Rows,
  blobs: BlobStore,
  source: RepositoryKey,
  root: Digest,
): Promise<readonly CopiedImage[]> {
  const collected = new Map<Digest, CopiedImage>();
  const begun = new Set<Digest>();

  async function visit(digest: Digest): Promise<void> {
    if (begun.has(digest)) return;
    begun.add(digest);
    const row = await findManifest(rows, source, { imageDigest: digest });
    if (row === undefined) throw imageNotFound(source, { imageDigest: digest });
    const image = readImage(row.manifest, row.media_type, digest);
    for (const child of image.manifest.children) await visit(child.digest);
    const layers = await storedLayers(rows, blobs, source, image);
    const size = image.manifest.kind === "index" ? 0 : layers.reduce((sum, layer) => sum + layer.size, 0);
    const largest = image.manifest.children.map((child) => collected.get(child.digest)?.size ?? 0);
    collected.set(digest, { ...image, layers, size: Math.max(size, ...largest) });
  }

  await visit(root);
  return [...collected.values()];
}

async function storedLayers(
  rows: Rows,
  blobs: BlobStore,
  source: RepositoryKey,
  image: ReadImage,
): Promise<CopiedImage["layers"]> {
  const wanted = requiredLayers(image.manifest).map(({ digest }) => digest);
  const links = await linksAmong(rows, source, wanted);
  const sizes = await Promise.all(wanted.map((digest) => blobs.size(digest)));
  const lost = wanted.filter((digest, i) => !links.has(digest) || sizes[i] === undefined);
  if (lost.length > 0) throw layersNotFound(source, lost);
  return wanted.map((digest, i) => ({ digest, size: sizes[i] ?? 0 }));
}

/** The source's side: how a replication ended, and the end of its job, in one transaction. */
export const settleReplication = ({ jobs }: EcrPorts): EcrDataPlane["settleReplication"] => ({
  service: "ecr",
  name: "SettleReplication",
  onlyFor: replicationPrincipal,
  unrecorded: true,
  // Bookkeeping of the service in its own registry: AWS knows no permission for it.
  authorise: () => [],
  async commit(tx, ctx, { job, outcome }): Promise<boolean> {
    const failed = outcome.status === "FAILED";
    const ended = failed ? await jobs.bury(tx, job, outcome.error) : await jobs.finish(tx, job);
    if (!ended) return false;
    const { action, source, repositoryName, digest, tag, destination, backfillId } =
      job.payload as ReplicationJob;
    if (action === "DELETE") return true;
    const repository = { ...source, name: repositoryName };
    if (backfillId !== undefined) {
      const item = { repository: repositoryName, digest, tag: tag ?? "" };
      await settleBackfillItem(tx, source, backfillId, item, failed ? outcome.failureCode : undefined);
    }
    // The status went with the image. One that is there is of a later push of it, whose own job says how that ended.
    if (!failed || outcome.failureCode !== sourceImageGone) {
      await settleStatus(tx, { repository, digest, tag, destination }, outcome);
    }
    const image = { repositoryName, imageDigest: digest, imageTag: tag };
    const result = failed ? "FAILED" : "SUCCESS";
    await emitReplicationActions(tx, job.id, destination, { ...image, source, result }, ctx.now);
    return true;
  },
});
