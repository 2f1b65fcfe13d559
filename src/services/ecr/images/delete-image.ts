import type { Digest } from "../../../kernel/brand.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import type { RepositoryKey } from "../arn.ts";
import type { ImageName } from "../faults.ts";
import { releaseLayers } from "../layers/layers.ts";
import { referencesJob } from "../lifecycle/jobs.ts";
import { replicateDeletion } from "../replication/replicate.ts";
import { columnsOf } from "../repositories/repository.ts";
import type { ScanTables } from "../scanning/store.ts";
import type { SigningTables } from "../signing/store.ts";
import type { EcrTables } from "../store.ts";
import { imagesAmong, taggedDigest } from "./images.ts";

/** Why one image of a batch was not found or not removed. */
export interface ImageFailure {
  readonly failureCode:
    | "InvalidImageDigest"
    | "ImageTagDoesNotMatchDigest"
    | "ImageNotFound"
    | "ImageInaccessible"
    | "MissingDigestAndTag"
    | "ImageReferencedByManifestList";
  readonly failureReason: string;
}

const digestSyntax = /^[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+$/;

/** What is wrong with an image id before anything is looked up. */
export function imageIdProblem({ imageDigest, imageTag }: ImageName): ImageFailure | undefined {
  if (imageDigest === undefined && imageTag === undefined) {
    return {
      failureCode: "MissingDigestAndTag",
      failureReason: "Invalid request parameters: both tag and digest cannot be null",
    };
  }
  if (imageDigest !== undefined && !digestSyntax.test(imageDigest)) {
    return {
      failureCode: "InvalidImageDigest",
      failureReason:
        "Invalid request parameters: image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'",
    };
  }
  return undefined;
}

/** (captured) */
export const imageMissing: ImageFailure = {
  failureCode: "ImageNotFound",
  failureReason: "Requested image not found",
};

/** An archived image cannot be pulled; the words are ours. */
export const imageInaccessible: ImageFailure = {
  failureCode: "ImageInaccessible",
  failureReason: "Requested image is archived",
};

/** The names that went, or why none did. */
export type Deletion =
  | { readonly deleted: readonly { readonly imageDigest: string; readonly imageTag?: string }[] }
  | { readonly failure: ImageFailure };

/**
 * Removes what an image id names (API Reference, "BatchDeleteImage"): by tag the tag, and with the last tag the
 * image; by digest the image and all its tags. An image that an index lists stays; its last tag still goes.
 */
export async function deleteImage(
  tx: Tx,
  repository: RepositoryKey,
  image: ImageName,
  now: number,
): Promise<Deletion> {
  const deletion = await removeNamed(tx, repository, image, now);
  if ("failure" in deletion) return deletion;
  const digest = (deletion.deleted[0]?.imageDigest ?? "") as Digest;
  const remains = (await imagesAmong(tx, repository, [digest])).has(digest);
  await replicateDeletion(tx, repository, digest, remains ? image.imageTag : undefined);
  return deletion;
}

/** Takes a tag off its image, which stays also when it was the last one (distribution-spec, "Deleting tags"). */
export async function deleteTag(tx: Tx, repository: RepositoryKey, tag: string): Promise<Deletion> {
  const digest = await taggedDigest(tx, repository, tag);
  if (digest === undefined) return { failure: imageMissing };
  await removeTag(tx, repository, tag);
  await replicateDeletion(tx, repository, digest, tag);
  return { deleted: [{ imageDigest: digest, imageTag: tag }] };
}

/** The same, without sending it on: for a deletion that itself arrived by replication. */
export async function removeNamed(
  tx: Tx,
  repository: RepositoryKey,
  image: ImageName,
  now: number,
): Promise<Deletion> {
  const problem = imageIdProblem(image);
  if (problem !== undefined) return { failure: problem };
  const { imageDigest, imageTag } = image;

  if (imageTag === undefined) {
    const digest = imageDigest ?? "";
    if (!(await imagesAmong(tx, repository, [digest])).has(digest)) return { failure: imageMissing };
    const parents = await referrers(tx, repository, digest);
    if (parents.length > 0) return { failure: referencedBy(parents) };
    const tags = await tagsOf(tx, repository, digest);
    await removeImage(tx, repository, digest, now);
    const bare = { imageDigest: digest };
    return { deleted: tags.length === 0 ? [bare] : tags.map((tag) => ({ ...bare, imageTag: tag })) };
  }

  const digest = await taggedDigest(tx, repository, imageTag);
  if (digest === undefined) return { failure: imageMissing };
  if (imageDigest !== undefined && imageDigest !== digest) {
    return {
      failure: {
        failureCode: "ImageTagDoesNotMatchDigest",
        failureReason: "The specified image tag does not match the specified image digest",
      },
    };
  }
  await removeTag(tx, repository, imageTag);
  const last = (await tagsOf(tx, repository, digest)).length === 0;
  if (last && (await referrers(tx, repository, digest)).length === 0) {
    await removeImage(tx, repository, digest, now);
  }
  return { deleted: [{ imageDigest: digest, imageTag }] };
}

/** Takes a tag off, whatever it names; the image stays. */
export async function removeTag(tx: Tx, repository: RepositoryKey, tag: string): Promise<void> {
  await tx
    .tables<EcrTables>()
    .deleteFrom("ecr_tag")
    .where((row) => row.and(columnsOf(repository)))
    .where("tag", "=", tag)
    .execute();
}

/** (captured) */
function referencedBy(parents: readonly string[]): ImageFailure {
  return {
    failureCode: "ImageReferencedByManifestList",
    failureReason: `Requested image referenced by manifest list: [${parents.join(", ")}]`,
  };
}

/** The indexes that list an image. */
function referrers(tx: Tx, repository: RepositoryKey, digest: string): Promise<readonly string[]> {
  return referring(tx, repository, digest, "child");
}

/** The artifacts that refer to an image as their subject. */
export function subjectReferrers(
  tx: Tx,
  repository: RepositoryKey,
  digest: string,
): Promise<readonly string[]> {
  return referring(tx, repository, digest, "subject");
}

async function referring(
  tx: Tx,
  repository: RepositoryKey,
  digest: string,
  kind: "child" | "subject",
): Promise<readonly string[]> {
  const rows = await tx
    .tables<EcrTables>()
    .selectFrom("ecr_reference")
    .select("digest")
    .where((row) => row.and(columnsOf(repository)))
    .where("kind", "=", kind)
    .where("target", "=", digest)
    .orderBy("digest")
    .execute();
  return rows.map((row) => row.digest);
}

/** The tags of an image in byte order. */
export async function tagsOf(
  rows: Rows,
  repository: RepositoryKey,
  digest: string,
): Promise<readonly string[]> {
  const found = await rows
    .tables<EcrTables>()
    .selectFrom("ecr_tag")
    .select("tag")
    .where((row) => row.and(columnsOf(repository)))
    .where("digest", "=", digest)
    .orderBy("tag")
    .execute();
  return found.map((row) => row.tag);
}

/** What hangs on an image, and the image. */
const ofImage = [
  "ecr_tag",
  "ecr_reference",
  "ecr_replication_status",
  "ecr_scan",
  "ecr_scan_finding",
  "ecr_signing_status",
  "ecr_image",
] as const;

/** Takes an image away with its tags and references; its layers are let go of, never removed here. */
async function removeImage(tx: Tx, repository: RepositoryKey, digest: string, now: number): Promise<void> {
  const layers = await tx
    .tables<EcrTables>()
    .selectFrom("ecr_reference")
    .select("target")
    .where((row) => row.and(columnsOf(repository)))
    .where("digest", "=", digest)
    .where("kind", "=", "layer")
    .execute();
  for (const table of ofImage) {
    await tx
      .tables<EcrTables & ScanTables & SigningTables>()
      .deleteFrom(table)
      .where((row) => row.and(columnsOf(repository)))
      .where("digest", "=", digest)
      .execute();
  }
  if ((await subjectReferrers(tx, repository, digest)).length > 0) {
    await tx.enqueue(referencesJob(repository, digest, now));
  }
  await releaseLayers(
    tx,
    repository,
    layers.map((layer) => layer.target),
    now,
  );
}
