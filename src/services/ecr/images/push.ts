import type { CallContext } from "../../../dispatch/context.ts";
import type { Digest } from "../../../kernel/brand.ts";
import { minute } from "../../../kernel/duration.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import type { RepositoryKey } from "../arn.ts";
import {
  imageAlreadyExists,
  imageTagAlreadyExists,
  invalidParameter,
  layersNotFound,
  referencedImagesNotFound,
} from "../faults.ts";
import { linksAmong, markReferenced } from "../layers/layers.ts";
import { findLifecyclePolicy, lifecycleJob } from "../lifecycle/jobs.ts";
import { replicatePush } from "../replication/replicate.ts";
import { columnsOf, needRepository } from "../repositories/repository.ts";
import { scanArrived } from "../scanning/scans.ts";
import { noteSigning } from "../signing/rules.ts";
import type { EcrTables, ReferenceKind } from "../store.ts";
import { checkImageCount, isNearlyFull } from "./image-quota.ts";
import { imageTagConstraint, isImageTag } from "./image-tag.ts";
import { chunks, imageDocument, imagesAmong, taggedDigest } from "./images.ts";
import { type Manifest, manifestDigest, readManifest, requiredLayers } from "./manifest.ts";
import { restoreImage } from "./storage-class.ts";
import { isImmutable } from "./tag-mutability.ts";

/** A manifest that was read and measured, before any transaction. */
export interface ReadImage {
  readonly manifest: Manifest;
  readonly bytes: Buffer;
  readonly digest: Digest;
}

/** An image that is to be pushed. */
export interface PreparedImage extends ReadImage {
  /** Whether the push has to count the images of the repository. */
  readonly nearlyFull: boolean;
}

/** Reads a manifest and measures it by the algorithm of `named`. Throws `InvalidParameterException`. */
export function readImage(bytes: Buffer, mediaType?: string, named?: Digest): ReadImage {
  return { manifest: readManifest(bytes, mediaType), bytes, digest: manifestDigest(bytes, named) };
}

/** What a push into a repository has to know before its transaction. Throws `InvalidParameterException`. */
export async function prepareImage(
  rows: Rows,
  repository: RepositoryKey,
  ...manifest: Parameters<typeof readImage>
): Promise<PreparedImage> {
  return { ...readImage(...manifest), nearlyFull: await isNearlyFull(rows, repository) };
}

export interface Push {
  readonly repository: RepositoryKey;
  readonly image: PreparedImage;
  readonly tags: readonly string[];
  /**
   * What to do when image and tag are there already: PutImage refuses, while a client of `/v2/` may push again what
   * it pushed before.
   */
  readonly repeated: "refuse" | "accept";
  /** The call that pushes; `now` is epoch ms. */
  readonly cause: Pick<CallContext, "requestId" | "now">;
}

/** ECR quotas: tags per image. */
const mostTags = 1000;

/**
 * Takes a push in one transaction: the image, its tags, and the replication that follows from them.
 * @throws Fault `InvalidParameterException` (a tag), `RepositoryNotFoundException`, `LayersNotFoundException`, `ReferencedImagesNotFoundException`,
 * `ImageAlreadyExistsException`, `ImageTagAlreadyExistsException`, `LimitExceededException`.
 */
export async function pushImage(tx: Tx, push: Push): Promise<void> {
  const { repository, image, tags, cause } = push;
  const { now } = cause;
  if (!tags.every(isImageTag)) throw invalidParameter("imageTag", imageTagConstraint);
  const settings = await needRepository(tx, repository);
  const size = await checkReferences(tx, repository, image.manifest);
  const known = (await imagesAmong(tx, repository, [image.digest])).has(image.digest);

  const refused = push.repeated === "refuse";
  if (refused && known && tags.length === 0) throw imageAlreadyExists(repository, image.digest, undefined);
  for (const tag of tags) {
    const digest = await taggedDigest(tx, repository, tag);
    if (digest === image.digest && refused) throw imageAlreadyExists(repository, digest, tag);
    if (digest !== undefined && isImmutable(settings.mutability, tag))
      throw imageTagAlreadyExists(repository, tag);
  }

  if (known) await restoreImage(tx, repository, image.digest, cause);
  else await insertImage(tx, repository, image, size, now);
  if (!known && image.nearlyFull) await checkImageCount(tx, repository);
  for (const tag of tags) await putTag(tx, repository, tag, image.digest, now);
  if (tags.length > 0) await checkTagCount(tx, repository, image.digest);
  await replicatePush(tx, repository, image.digest, tags);
  // AWS: what refers to an image (a signature, say) is not signed itself.
  if (!known && image.manifest.subject === undefined) await noteSigning(tx, repository, image.digest);
  if (!known) await scanArrived(tx, settings, image, now);
  if ((await findLifecyclePolicy(tx, repository)) !== undefined) {
    await tx.enqueue(lifecycleJob(repository, "change", now + evaluateAfter));
  }
}

/** A lifecycle policy looks at a burst of pushes once, so many ms after the first. */
const evaluateAfter = minute;

/**
 * Whether all that a manifest refers to is in the repository.
 * @returns `imageSizeInBytes`: configuration and layers of an image, the largest image of an index.
 */
export async function checkReferences(
  tx: Tx,
  repository: RepositoryKey,
  manifest: Manifest,
): Promise<number> {
  const layers = requiredLayers(manifest).map(({ digest }) => digest);
  const links = await linksAmong(tx, repository, layers);
  const lostLayers = layers.filter((digest) => !links.has(digest));
  if (lostLayers.length > 0) throw layersNotFound(repository, lostLayers);

  const children = [...new Set(manifest.children.map(({ digest }) => digest))];
  const images = await imagesAmong(tx, repository, children);
  const lostImages = children.filter((digest) => !images.has(digest));
  if (lostImages.length > 0) throw referencedImagesNotFound(repository, lostImages);

  return manifest.kind === "index" ? largest(images.values()) : total(links.values());
}

/** Writes an image and what it refers to; nothing when the image is there. Its layers must be linked already. */
export async function insertImage(
  tx: Tx,
  repository: RepositoryKey,
  { manifest, bytes, digest }: ReadImage,
  size: number,
  now: number,
): Promise<void> {
  const tables = tx.tables<EcrTables>();
  const columns = columnsOf(repository);
  await tables
    .insertInto("ecr_image")
    .values({
      ...columns,
      digest,
      media_type: manifest.mediaType,
      manifest: bytes,
      size,
      pushed_at: now,
      last_pulled_at: null,
      status: "ACTIVE",
      archived_at: null,
      activated_at: null,
      document: JSON.stringify(imageDocument(manifest, bytes.length)),
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();

  const layers = requiredLayers(manifest);
  for (const layer of layers) await markReferenced(tx, repository, layer);
  const targets: readonly (readonly [ReferenceKind, string])[] = [
    ...layers.map((layer) => ["layer", layer.digest] as const),
    ...manifest.children.map((child) => ["child", child.digest] as const),
    ...(manifest.subject === undefined ? [] : [["subject", manifest.subject.digest] as const]),
  ];
  for (const some of chunks(targets)) {
    await tables
      .insertInto("ecr_reference")
      .values(some.map(([kind, target]) => ({ ...columns, digest, kind, target })))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

/** Puts a tag on an image, taking it off another. */
export async function putTag(
  tx: Tx,
  repository: RepositoryKey,
  tag: string,
  digest: Digest,
  now: number,
): Promise<void> {
  await tx
    .tables<EcrTables>()
    .insertInto("ecr_tag")
    .values({ ...columnsOf(repository), tag, digest, tagged_at: now })
    .onConflict((conflict) =>
      conflict
        .columns(["account", "region", "repository", "tag"])
        .doUpdateSet({ digest, tagged_at: now })
        .where("ecr_tag.digest", "!=", digest),
    )
    .execute();
}

async function checkTagCount(tx: Tx, repository: RepositoryKey, digest: Digest): Promise<void> {
  const { account, name } = repository;
  const { tags } = await tx
    .tables<EcrTables>()
    .selectFrom("ecr_tag")
    .select((select) => select.fn.countAll<number>().as("tags"))
    .where((row) => row.and(columnsOf(repository)))
    .where("digest", "=", digest)
    .executeTakeFirstOrThrow();
  if (tags > mostTags) {
    throw new Fault(
      "LimitExceededException",
      `The image with digest '${digest}' in the repository with name '${name}' in the registry with id '${account}' cannot have more than ${mostTags} tags`,
    );
  }
}

function total(links: Iterable<{ readonly size: number }>): number {
  let sum = 0;
  for (const { size } of links) sum += size;
  return sum;
}

function largest(images: Iterable<{ readonly size: number }>): number {
  let most = 0;
  for (const { size } of images) most = Math.max(most, size);
  return most;
}
