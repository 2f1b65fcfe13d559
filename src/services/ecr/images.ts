import type { Digest } from "../../kernel/brand.ts";
import { isDigest } from "../../kernel/digest.ts";
import type { Rows } from "../../store/types.ts";
import type { RepositoryKey } from "./arn.ts";
import { type ImageName, imageNotFound } from "./faults.ts";
import { artifactMediaType, type Manifest, referrerArtifactType } from "./manifest.ts";
import { columnsOf, type RepositoryColumns } from "./repository.ts";
import type { EcrTables, ImageRow, TagRow } from "./store.ts";

/** What an image's row keeps of its manifest, so that lists need not read manifests. */
export interface ImageDocument {
  readonly artifactMediaType?: string;
  /** As the referrers API answers it. */
  readonly artifactType?: string;
  readonly subject?: Digest;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Bytes of the manifest itself. */
  readonly manifestSize: number;
}

/** Makes the document of a manifest. */
export function imageDocument(manifest: Manifest, manifestSize: number): ImageDocument {
  return {
    artifactMediaType: artifactMediaType(manifest),
    artifactType: referrerArtifactType(manifest),
    subject: manifest.subject?.digest,
    annotations: manifest.annotations,
    manifestSize,
  };
}

/** An image's manifest, and when it was last pulled. */
export type StoredManifest = RepositoryColumns &
  Pick<ImageRow, "digest" | "media_type" | "manifest" | "last_pulled_at" | "status"> &
  Pick<TagRow, "upstream_checked_at">;

const manifestColumns = [
  "ecr_image.account",
  "ecr_image.region",
  "ecr_image.repository",
  "ecr_image.digest",
  "ecr_image.media_type",
  "ecr_image.manifest",
  "ecr_image.last_pulled_at",
  "ecr_image.status",
] as const;

/** A digest or a tag, as `/v2/` writes both in one place. */
export function imageNamed(reference: string): ImageName {
  return reference.includes(":") ? { imageDigest: reference } : { imageTag: reference };
}

/**
 * The manifest of an image; `undefined` when there is none of that name, or tag and digest are of different images.
 * One indexed query: every pull begins with it.
 */
export async function findManifest(
  rows: Rows,
  repository: RepositoryKey,
  { imageDigest, imageTag }: ImageName,
): Promise<StoredManifest | undefined> {
  const { account, region, repository: name } = columnsOf(repository);
  const tables = rows.tables<EcrTables>();
  if (imageTag === undefined) {
    return tables
      .selectFrom("ecr_image")
      .select(manifestColumns)
      .where((row) => row.and(columnsOf(repository)))
      .where("digest", "=", imageDigest ?? "")
      .executeTakeFirst();
  }
  const found = await tables
    .selectFrom("ecr_tag")
    .innerJoin("ecr_image", (join) =>
      join
        .onRef("ecr_image.account", "=", "ecr_tag.account")
        .onRef("ecr_image.region", "=", "ecr_tag.region")
        .onRef("ecr_image.repository", "=", "ecr_tag.repository")
        .onRef("ecr_image.digest", "=", "ecr_tag.digest"),
    )
    .select([...manifestColumns, "ecr_tag.upstream_checked_at"])
    .where("ecr_tag.account", "=", account)
    .where("ecr_tag.region", "=", region)
    .where("ecr_tag.repository", "=", name)
    .where("ecr_tag.tag", "=", imageTag)
    .executeTakeFirst();
  return imageDigest === undefined || found?.digest === imageDigest ? found : undefined;
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
