import type { Digest } from "../../../kernel/brand.ts";
import type { Rows } from "../../../store/types.ts";
import type { RepositoryKey } from "../arn.ts";
import type { ReferrerDescriptor } from "../data-plane.ts";
import { columnsOf } from "../repositories/repository.ts";
import type { EcrTables, ImageStatus } from "../store.ts";
import { chunks, type ImageDocument } from "./images.ts";
import { largestManifest, readManifest } from "./manifest.ts";

/** A referrer, and whether it can be pulled. */
export interface StoredReferrer extends ReferrerDescriptor {
  readonly status: ImageStatus;
}

/** What is asked about an image. */
export interface ReferrersQuery {
  /** The image's digest. */
  readonly subject: string;
  readonly artifactTypes?: readonly string[] | undefined;
  /** Only artifacts of this status; all when left out. */
  readonly status?: ImageStatus | undefined;
  /** The digest after which the page begins. */
  readonly after?: string | undefined;
  readonly limit: number;
}

export interface ReferrersPage {
  readonly referrers: readonly StoredReferrer[];
  readonly more: boolean;
}

/** A page ends when the manifests of its referrers have more bytes than one manifest may: annotations can be as large. */
const largestPage = largestManifest;

/**
 * Manifests whose subject is the digest, in order of their digests; at most `limit`, and whether more follow.
 * The subject itself need not exist (OCI distribution-spec, "Listing Referrers").
 */
export async function referrersOf(
  rows: Rows,
  repository: RepositoryKey,
  query: ReferrersQuery,
): Promise<ReferrersPage> {
  const types = new Set(query.artifactTypes);
  const found: StoredReferrer[] = [];
  const page = async (more: boolean) => ({ referrers: await withAnnotations(rows, repository, found), more });
  let bytes = 0;
  let after = query.after ?? "";
  // The type is in the document: rows of other types are read and left out, a batch at a time.
  for (;;) {
    const batch = await batchAfter(rows, repository, query.subject, after, query.limit + 1);
    for (const referrer of batch) {
      if (types.size > 0 && !types.has(referrer.artifactType ?? "")) continue;
      if (query.status !== undefined && referrer.status !== query.status) continue;
      bytes += referrer.size;
      if (found.length === query.limit || (found.length > 0 && bytes > largestPage)) return page(true);
      found.push(referrer);
    }
    const last = batch[batch.length - 1];
    if (last === undefined || batch.length <= query.limit) return page(false);
    after = last.digest;
  }
}

async function batchAfter(
  rows: Rows,
  repository: RepositoryKey,
  subject: string,
  after: string,
  limit: number,
): Promise<readonly StoredReferrer[]> {
  const { account, region, repository: name } = columnsOf(repository);
  const images = await rows
    .tables<EcrTables>()
    .selectFrom("ecr_reference")
    .innerJoin("ecr_image", (join) =>
      join
        .onRef("ecr_image.account", "=", "ecr_reference.account")
        .onRef("ecr_image.region", "=", "ecr_reference.region")
        .onRef("ecr_image.repository", "=", "ecr_reference.repository")
        .onRef("ecr_image.digest", "=", "ecr_reference.digest"),
    )
    .select(["ecr_image.digest", "ecr_image.media_type", "ecr_image.document", "ecr_image.status"])
    .where("ecr_reference.account", "=", account)
    .where("ecr_reference.region", "=", region)
    .where("ecr_reference.repository", "=", name)
    .where("ecr_reference.kind", "=", "subject")
    .where("ecr_reference.target", "=", subject)
    .where("ecr_reference.digest", ">", after)
    .orderBy("ecr_reference.digest")
    .limit(limit)
    .execute();
  return images.map((image) => {
    const { manifestSize, artifactType } = JSON.parse(image.document) as ImageDocument;
    return {
      mediaType: image.media_type,
      digest: image.digest as Digest,
      size: manifestSize,
      artifactType,
      status: image.status,
    };
  });
}

/** Adds what only the manifests say. */
async function withAnnotations(
  rows: Rows,
  repository: RepositoryKey,
  referrers: readonly StoredReferrer[],
): Promise<readonly StoredReferrer[]> {
  const annotations = new Map<string, StoredReferrer["annotations"]>();
  for (const some of chunks(referrers.map(({ digest }) => digest))) {
    const images = await rows
      .tables<EcrTables>()
      .selectFrom("ecr_image")
      .select(["digest", "manifest", "media_type"])
      .where((row) => row.and(columnsOf(repository)))
      .where("digest", "in", some)
      .execute();
    for (const { digest, manifest, media_type } of images) {
      annotations.set(digest, readManifest(manifest, media_type).annotations);
    }
  }
  return referrers.map((referrer) => ({ ...referrer, annotations: annotations.get(referrer.digest) }));
}
