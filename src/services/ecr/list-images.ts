import type * as ecr from "@aws-sdk/client-ecr";
import { cutPage, type Page, readPageToken } from "../../kernel/page.ts";
import type { Rows } from "../../store/types.ts";
import type { RepositoryKey } from "./arn.ts";
import { invalidToken } from "./faults.ts";
import { chunks, type ImageDocument } from "./images.ts";
import { columnsOf } from "./repository.ts";
import type { EcrTables, ImageRow, ImageStatus } from "./store.ts";

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
  const [after] = readAfter(token, 1) ?? [];
  const { account, region, repository: name } = columnsOf(repository);
  const status = statusFilter(filter.imageStatus);
  let query = rows
    .tables<EcrTables>()
    .selectFrom("ecr_image")
    .select(summaryColumns)
    .where((row) => row.and(columnsOf(repository)));
  if (status !== undefined) query = query.where("status", "=", status);
  if (after !== undefined) query = query.where("digest", ">", after);
  if (filter.tagStatus === "TAGGED" || filter.tagStatus === "UNTAGGED") {
    const wanted = filter.tagStatus === "TAGGED";
    query = query.where((where) => {
      const tagged = where.exists(
        where
          .selectFrom("ecr_tag")
          .select("ecr_tag.tag")
          .where("ecr_tag.account", "=", account)
          .where("ecr_tag.region", "=", region)
          .where("ecr_tag.repository", "=", name)
          .whereRef("ecr_tag.digest", "=", "ecr_image.digest"),
      );
      return wanted ? tagged : where.not(tagged);
    });
  }
  const found = await query
    .orderBy("digest")
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

/** The names of images, one for each tag and one for each image without any, in order of digest and tag. */
export async function imageNamePage(
  rows: Rows,
  repository: RepositoryKey,
  filter: ImageFilter,
  limit: number,
  token: string | undefined,
): Promise<Page<{ readonly digest: string; readonly tag: string | null }>> {
  const after = readAfter(token, 2);
  const status = statusFilter(filter.imageStatus);
  const { account, region, repository: name } = columnsOf(repository);
  let query = rows
    .tables<EcrTables>()
    .selectFrom("ecr_image")
    .leftJoin("ecr_tag", (join) =>
      join
        .onRef("ecr_tag.account", "=", "ecr_image.account")
        .onRef("ecr_tag.region", "=", "ecr_image.region")
        .onRef("ecr_tag.repository", "=", "ecr_image.repository")
        .onRef("ecr_tag.digest", "=", "ecr_image.digest"),
    )
    .select(["ecr_image.digest", "ecr_tag.tag"])
    .where("ecr_image.account", "=", account)
    .where("ecr_image.region", "=", region)
    .where("ecr_image.repository", "=", name);
  if (status !== undefined) query = query.where("ecr_image.status", "=", status);
  if (filter.tagStatus === "TAGGED") query = query.where("ecr_tag.tag", "is not", null);
  if (filter.tagStatus === "UNTAGGED") query = query.where("ecr_tag.tag", "is", null);
  if (after !== undefined) {
    const [digest = "", tag = ""] = after;
    query = query.where((where) =>
      where.or([
        where("ecr_image.digest", ">", digest),
        where.and([where("ecr_image.digest", "=", digest), where("ecr_tag.tag", ">", tag)]),
      ]),
    );
  }
  const found = await query
    .orderBy("ecr_image.digest")
    .orderBy("ecr_tag.tag")
    .limit(limit + 1)
    .execute();
  return cutPage(found, limit, (image) => [image.digest, image.tag ?? ""]);
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
export function describeImage(image: ImageSummary, tags: readonly string[] | undefined): ecr.ImageDetail {
  const document = JSON.parse(image.document) as ImageDocument;
  return {
    registryId: image.account,
    repositoryName: image.repository,
    imageDigest: image.digest,
    imageTags: tags && [...tags],
    imageSizeInBytes: image.size,
    imagePushedAt: new Date(image.pushed_at),
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
