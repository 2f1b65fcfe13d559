import type { Digest } from "../../../kernel/brand.ts";
import { isDigest } from "../../../kernel/digest.ts";
import { fixedQuery } from "../../../store/fixed-query.ts";
import type { Queries, Rows } from "../../../store/types.ts";
import type { RepositoryKey } from "../arn.ts";
import { type ImageName, imageNotFound } from "../faults.ts";
import { columnsOf, type RepositoryColumns } from "../repositories/repository.ts";
import type { EcrTables, ImageRow, TagRow } from "../store.ts";
import { artifactMediaType, type Manifest, referrerArtifactType } from "./manifest.ts";

/** What an image's row keeps of its manifest, so that lists need not read manifests. All of it is short. */
export interface ImageDocument {
  readonly artifactMediaType?: string;
  /** As the referrers API answers it. */
  readonly artifactType?: string;
  readonly subject?: Digest;
  /** Bytes of the manifest itself. */
  readonly manifestSize: number;
}

/** Makes the document of a manifest. */
export function imageDocument(manifest: Manifest, manifestSize: number): ImageDocument {
  return {
    artifactMediaType: artifactMediaType(manifest),
    artifactType: referrerArtifactType(manifest),
    subject: manifest.subject?.digest,
    manifestSize,
  };
}

/** An image's manifest, and when it was last pulled. */
export type StoredManifest = RepositoryColumns &
  Pick<ImageRow, "digest" | "media_type" | "manifest" | "last_pulled_at" | "status"> &
  Pick<TagRow, "upstream_checked_at"> & {
    /** A `RepositoryDocument`. */
    readonly repository_document: string;
  };

const manifestColumns = [
  "ecr_image.account",
  "ecr_image.region",
  "ecr_image.repository",
  "ecr_image.digest",
  "ecr_image.media_type",
  "ecr_image.manifest",
  "ecr_image.last_pulled_at",
  "ecr_image.status",
  "ecr_repository.document as repository_document",
] as const;

/** A digest or a tag, as `/v2/` writes both in one place. */
export function imageNamed(reference: string): ImageName {
  return reference.includes(":") ? { imageDigest: reference } : { imageTag: reference };
}

/** The images with the repositories that they are in. */
const imagesInRepositories = (tables: Queries<EcrTables>) =>
  tables
    .selectFrom("ecr_image")
    .innerJoin("ecr_repository", (join) =>
      join
        .onRef("ecr_repository.account", "=", "ecr_image.account")
        .onRef("ecr_repository.region", "=", "ecr_image.region")
        .onRef("ecr_repository.name", "=", "ecr_image.repository"),
    );

const manifestByDigest = fixedQuery(
  (tables: Queries<EcrTables>, given: RepositoryColumns & Pick<ImageRow, "digest">) =>
    imagesInRepositories(tables)
      .select(manifestColumns)
      .where("ecr_image.account", "=", given.account)
      .where("ecr_image.region", "=", given.region)
      .where("ecr_image.repository", "=", given.repository)
      .where("ecr_image.digest", "=", given.digest),
);

const manifestByTag = fixedQuery(
  (tables: Queries<EcrTables>, given: RepositoryColumns & Pick<TagRow, "tag">) =>
    imagesInRepositories(tables)
      .innerJoin("ecr_tag", (join) =>
        join
          .onRef("ecr_tag.account", "=", "ecr_image.account")
          .onRef("ecr_tag.region", "=", "ecr_image.region")
          .onRef("ecr_tag.repository", "=", "ecr_image.repository")
          .onRef("ecr_tag.digest", "=", "ecr_image.digest"),
      )
      .select([...manifestColumns, "ecr_tag.upstream_checked_at"])
      .where("ecr_tag.account", "=", given.account)
      .where("ecr_tag.region", "=", given.region)
      .where("ecr_tag.repository", "=", given.repository)
      .where("ecr_tag.tag", "=", given.tag),
);

/**
 * The manifest of an image; `undefined` when there is none of that name, or tag and digest are of different images.
 * One indexed query: every pull begins with it.
 */
export async function findManifest(
  rows: Rows,
  repository: RepositoryKey,
  { imageDigest, imageTag }: ImageName,
): Promise<StoredManifest | undefined> {
  const columns = columnsOf(repository);
  if (imageTag === undefined) {
    const [image] = await manifestByDigest(rows, { ...columns, digest: imageDigest ?? "" });
    return image;
  }
  const [tagged] = await manifestByTag(rows, { ...columns, tag: imageTag });
  return imageDigest === undefined || tagged?.digest === imageDigest ? tagged : undefined;
}

/** The digest that a tag names, or `undefined`. */
export async function taggedDigest(
  rows: Rows,
  repository: RepositoryKey,
  tag: string,
): Promise<Digest | undefined> {
  const row = await rows
    .tables<EcrTables>()
    .selectFrom("ecr_tag")
    .select("digest")
    .where((row) => row.and(columnsOf(repository)))
    .where("tag", "=", tag)
    .executeTakeFirst();
  return row?.digest as Digest | undefined;
}

/** Which of these digests are images of the repository. */
export async function imagesAmong(
  rows: Rows,
  repository: RepositoryKey,
  digests: readonly string[],
): Promise<ReadonlyMap<string, Pick<ImageRow, "digest" | "size">>> {
  const found = new Map<string, Pick<ImageRow, "digest" | "size">>();
  for (const some of chunks(digests)) {
    const images = await rows
      .tables<EcrTables>()
      .selectFrom("ecr_image")
      .select(["digest", "size"])
      .where((row) => row.and(columnsOf(repository)))
      .where("digest", "in", some)
      .execute();
    for (const image of images) found.set(image.digest, image);
  }
  return found;
}

/** The digest of the image that a request names. Throws `ImageNotFoundException`. */
export async function needDigest(rows: Rows, repository: RepositoryKey, image: ImageName): Promise<Digest> {
  const { imageDigest, imageTag } = image;
  const digest =
    imageTag === undefined
      ? (await imagesAmong(rows, repository, [imageDigest ?? ""])).get(imageDigest ?? "")?.digest
      : await taggedDigest(rows, repository, imageTag);
  const agrees = imageDigest === undefined || imageDigest === digest;
  if (digest === undefined || !isDigest(digest) || !agrees) throw imageNotFound(repository, image);
  return digest;
}

/** Databases bound the parameters of a query: long lists are asked for in pieces. */
export function* chunks<Item>(items: readonly Item[], size = 500): Iterable<readonly Item[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size);
}
