import type * as ecr from "@aws-sdk/client-ecr";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { cutPage } from "../../../kernel/page.ts";
import type { Rows } from "../../../store/types.ts";
import { onRepository, type RepositoryKey, repositoryOf } from "../arn.ts";
import { needDigest } from "../images/images.ts";
import { defaultPage, readAfter } from "../images/list-images.ts";
import { findPreview, type PreviewedImage, previewStatus } from "../lifecycle/preview.ts";
import type { LifecyclePreviewImageRow, LifecycleTables } from "../lifecycle/store.ts";
import { columnsOf, needRepository } from "../repositories/repository.ts";

/** What the last preview of a repository found, in order of digests. */
export const getLifecyclePolicyPreview: ReadOperation<typeof ecr, "GetLifecyclePolicyPreview"> = {
  name: "GetLifecyclePolicyPreview",
  authorise: onRepository("ecr:GetLifecyclePolicyPreview"),
  async read(ctx, input) {
    const { rows } = ctx;
    const repository = await needRepository(rows, repositoryOf(input, ctx));
    const preview = await findPreview(rows, repository);
    if (preview === undefined) throw previewNotFound(repository);
    const status = previewStatus(preview, ctx.now);
    const answer = {
      registryId: repository.account,
      repositoryName: repository.name,
      lifecyclePolicyText: preview.policy,
      status,
    };
    if (status !== "COMPLETE") return answer;

    const found = await previewed(rows, repository);
    const named = input.imageIds && new Set(await digestsOf(rows, repository, input.imageIds));
    const shown = found.filter(
      ({ digest, tags }) =>
        (named === undefined || named.has(digest)) && hasTagStatus(tags, input.filter?.tagStatus),
    );
    const [after = ""] = readAfter(input.nextToken, 1) ?? [];
    const limit = named === undefined ? (input.maxResults ?? defaultPage) : shown.length;
    const rest = shown.filter(({ digest }) => digest > after).slice(0, limit + 1);
    const page = cutPage(rest, limit, (image) => [image.digest]);
    return {
      ...answer,
      nextToken: page.next,
      previewResults: page.rows.map(result),
      summary: summary(found),
    };
  },
};

type Found = PreviewedImage & Pick<LifecyclePreviewImageRow, "digest">;

async function previewed(rows: Rows, repository: RepositoryKey): Promise<readonly Found[]> {
  const found = await rows
    .tables<LifecycleTables>()
    .selectFrom("ecr_lifecycle_preview_image")
    .select(["digest", "document"])
    .where((row) => row.and(columnsOf(repository)))
    .orderBy("digest")
    .execute();
  return found.map(({ digest, document }) => ({ digest, ...(JSON.parse(document) as PreviewedImage) }));
}

async function digestsOf(
  rows: Rows,
  repository: RepositoryKey,
  images: readonly ecr.ImageIdentifier[],
): Promise<readonly string[]> {
  const digests: string[] = [];
  for (const image of images) digests.push(await needDigest(rows, repository, image));
  return digests;
}

function hasTagStatus(tags: readonly string[], status: ecr.TagStatus = "ANY"): boolean {
  return status === "ANY" || (status === "TAGGED") === tags.length > 0;
}

function result(image: Found): ecr.LifecyclePolicyPreviewResult {
  return {
    imageTags: image.tags.length === 0 ? undefined : [...image.tags],
    imageDigest: image.digest,
    imagePushedAt: new Date(image.pushedAt),
    action:
      image.type === "expire" ? { type: "EXPIRE" } : { type: "TRANSITION", targetStorageClass: "ARCHIVE" },
    appliedRulePriority: image.priority,
    storageClass: image.storageClass,
  };
}

/** AWS: transitions are named only when there are some (API Reference, "LifecyclePolicyPreviewSummary"). */
function summary(found: readonly Found[]): ecr.LifecyclePolicyPreviewSummary {
  const expiring = found.filter(({ type }) => type === "expire").length;
  const transitioning = found.length - expiring;
  return {
    expiringImageTotalCount: expiring,
    transitioningImageTotalCounts:
      transitioning === 0 ? undefined : [{ targetStorageClass: "ARCHIVE", imageTotalCount: transitioning }],
  };
}

/** The words are ours. */
function previewNotFound({ name, account }: RepositoryKey): Fault {
  return new Fault(
    "LifecyclePolicyPreviewNotFoundException",
    `Lifecycle policy preview does not exist for the repository with name '${name}' in the registry with id '${account}'`,
  );
}
