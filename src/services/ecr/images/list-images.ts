import type * as ecr from "@aws-sdk/client-ecr";
import { cutPage, type Page, readPageToken } from "../../../kernel/page.ts";
import type { Rows } from "../../../store/types.ts";
import type { RepositoryKey } from "../arn.ts";
import { invalidToken } from "../faults.ts";
import { columnsOf } from "../repositories/repository.ts";
import { describeScanStatus, describeScanSummary } from "../scanning/scans.ts";
import type { ScanRow } from "../scanning/store.ts";
import type { EcrTables, ImageRow, ImageStatus } from "../store.ts";
import { chunks, type ImageDocument } from "./images.ts";

/** How a list of images is narrowed. */
export interface ImageFilter {
  readonly tagStatus?: ecr.TagStatus;
  readonly imageStatus?: ecr.ImageStatusFilter;
}

/** API Reference: pages hold 100 unless `maxResults` (at most 1,000) says otherwise. */
export const defaultPage = 100;

/** The key after which a page begins: as many parts as the list is ordered by. Throws `InvalidParameterException`. */
export function readAfter(token: string | undefined, parts: number): readonly string[] | undefined {
  if (token === undefined) return undefined;
  const after = readPageToken(token);
  if (after?.length !== parts) throw invalidToken();
  return after;
}

/** An image without its manifest. */
export type ImageSummary = Omit<ImageRow, "manifest">;

const summaryColumns = [
  "account",
  "region",
  "repository",
  "digest",
  "media_type",
  "size",
  "pushed_at",
  "last_pulled_at",
  "document",
  "status",
  "archived_at",
  "activated_at",
] as const;

/** Images in order of their digests. */
export async function imagePage(
  rows: Rows,
  repository: RepositoryKey,
  filter: ImageFilter,
  limit: number,
  token: string | undefined,
): Promise<Page<ImageSummary>> {
  const [after = ""] = readAfter(token, 1) ?? [];
  const found = await filtered(rows, repository, filter)
    .select(summaryColumns)
    .where("digest", ">", after)
    .limit(limit + 1)
    .execute();
  return cutPage(found, limit, (image) => [image.digest]);
}

/** Images of the given digests, in no order. */
export async function imagesByDigest(
  rows: Rows,
  repository: RepositoryKey,
  digests: readonly string[],
): Promise<readonly ImageSummary[]> {
  return rows
    .tables<EcrTables>()
    .selectFrom("ecr_image")
    .select(summaryColumns)
    .where((row) => row.and(columnsOf(repository)))
    .where("digest", "in", digests)
    .execute();
}

/** One name of an image; the tag is null when the image has none. */
interface TaggedImage {
  readonly digest: string;
  readonly tag: string | null;
}

/** The names of images, one for each tag and one for each image without any, in order of digest and tag. */
export async function imageNamePage(
  rows: Rows,
  repository: RepositoryKey,
  filter: ImageFilter,
  limit: number,
  token: string | undefined,
): Promise<Page<TaggedImage>> {
  const [digest = "", tag = ""] = readAfter(token, 2) ?? [];
  // Of the first image all names may have been on the page before; every other one has a name at least.
  const images = await filtered(rows, repository, filter)
    .select("digest")
    .where("digest", ">=", digest)
    .limit(limit + 2)
    .execute();
  const tags = await tagsByDigest(
    rows,
    repository,
    images.map((image) => image.digest),
  );
  const names = images.flatMap((image): readonly TaggedImage[] => {
    const ofImage = tags.get(image.digest);
    if (ofImage === undefined) return image.digest === digest ? [] : [{ digest: image.digest, tag: null }];
    const left = image.digest === digest ? ofImage.filter((each) => each > tag) : ofImage;
    return left.toSorted().map((each) => ({ digest: image.digest, tag: each }));
  });
  return cutPage(names.slice(0, limit + 1), limit, (name) => [name.digest, name.tag ?? ""]);
}

/** The images that a filter lets through, in order of their digests. One walk along the primary key. */
function filtered(rows: Rows, repository: RepositoryKey, { tagStatus, imageStatus }: ImageFilter) {
  const { account, region, repository: name } = columnsOf(repository);
  const status = statusFilter(imageStatus);
  let query = rows
    .tables<EcrTables>()
    .selectFrom("ecr_image")
    .where((row) => row.and(columnsOf(repository)))
    .orderBy("digest");
  if (status !== undefined) query = query.where("status", "=", status);
  if (tagStatus !== "TAGGED" && tagStatus !== "UNTAGGED") return query;
  return query.where((where) => {
    const tagged = where.exists(
      where
        .selectFrom("ecr_tag")
        .select("ecr_tag.tag")
        .where("ecr_tag.account", "=", account)
        .where("ecr_tag.region", "=", region)
        .where("ecr_tag.repository", "=", name)
        .whereRef("ecr_tag.digest", "=", "ecr_image.digest"),
    );
    return tagStatus === "TAGGED" ? tagged : where.not(tagged);
  });
}

/** The tags of each of these images, in the order in which they were put on. */
export async function tagsByDigest(
  rows: Rows,
  repository: RepositoryKey,
  digests: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const tags = new Map<string, string[]>();
  for (const some of chunks(digests)) {
    const found = await rows
      .tables<EcrTables>()
      .selectFrom("ecr_tag")
      .select(["digest", "tag"])
      .where((row) => row.and(columnsOf(repository)))
      .where("digest", "in", some)
      .orderBy("tagged_at")
      .orderBy("tag")
      .execute();
    for (const { digest, tag } of found) tags.set(digest, [...(tags.get(digest) ?? []), tag]);
  }
  return tags;
}

/** An image as DescribeImages answers it. */
export function describeImage(
  image: ImageSummary,
  tags: readonly string[] | undefined,
  scan: ScanRow | undefined,
): ecr.ImageDetail {
  const document = JSON.parse(image.document) as ImageDocument;
  return {
    registryId: image.account,
    repositoryName: image.repository,
    imageDigest: image.digest,
    imageTags: tags && [...tags],
    imageSizeInBytes: image.size,
    imagePushedAt: new Date(image.pushed_at),
    imageScanStatus: scan && describeScanStatus(scan),
    imageScanFindingsSummary: scan && describeScanSummary(scan),
    imageManifestMediaType: image.media_type,
    artifactMediaType: document.artifactMediaType,
    lastRecordedPullTime: image.last_pulled_at === null ? undefined : new Date(image.last_pulled_at),
    subjectManifestDigest: document.subject,
    imageStatus: image.status,
    lastArchivedAt: image.archived_at === null ? undefined : new Date(image.archived_at),
    lastActivatedAt: image.activated_at === null ? undefined : new Date(image.activated_at),
  };
}

/** The one status that a filter asks for; `undefined` when it asks for any. Only active ones when it is left out. */
export function statusFilter(status: ecr.ImageStatusFilter = "ACTIVE"): ImageStatus | undefined {
  return status === "ANY" ? undefined : status;
}
