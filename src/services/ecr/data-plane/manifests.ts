import type { Digest } from "../../../kernel/brand.ts";
import { isDigest } from "../../../kernel/digest.ts";
import { Fault } from "../../../kernel/fault.ts";
import { onRepository, repositoryOf } from "../arn.ts";
import type {
  DeleteManifestOutput,
  EcrDataPlane,
  ListTagsOutput,
  ManifestFacts,
  ManifestInput,
  PutManifestOutput,
} from "../data-plane.ts";
import { emitImageActions } from "../events.ts";
import { imageDigestDoesNotMatch, imageNotFound } from "../faults.ts";
import { deleteImage, deleteTag, imageMissing } from "../images/delete-image.ts";
import { findManifest, imageNamed } from "../images/images.ts";
import { type PreparedImage, prepareImage, pushImage } from "../images/push.ts";
import { needReadable } from "../layers/stored-layer.ts";
import type { EcrPorts } from "../ports.ts";
import { coldImage, renewedImage } from "../pull-through/cold-pull.ts";
import { referrersWithUpstream } from "../pull-through/cold-referrers.ts";
import { columnsOf, needRepository } from "../repositories/repository.ts";
import type { EcrTables } from "../store.ts";
import { needPushedRepository } from "./creation.ts";

const imageParameters = ({ registryId, repositoryName, reference }: ManifestInput) => ({
  registryId,
  repositoryName,
  imageIds: [imageNamed(reference)],
});

/** Manifest GET and HEAD. */
export const getManifest = (ports: EcrPorts): EcrDataPlane["getManifest"] => ({
  service: "ecr",
  name: "GetManifest",
  eventName: "BatchGetImage",
  describe: imageParameters,
  authorise: onRepository("ecr:BatchGetImage"),
  async read(ctx, input): Promise<ManifestFacts> {
    const repository = repositoryOf(input, ctx);
    const image = imageNamed(input.reference);
    const found = await findManifest(ctx.rows, repository, image);
    // AWS: the pull of an archived image is answered as that of an absent one ("Archiving an image", User Guide).
    if (found?.status !== "ACTIVE") {
      // One that is archived is there: it does not come from upstream again.
      const pulled =
        found === undefined ? await coldImage(ports, ctx, repository, input.reference) : undefined;
      if (pulled !== undefined) return pulled;
      await needRepository(ctx.rows, repository);
      throw imageNotFound(repository, image);
    }
    await needReadable(ports.repositoryBlobs, repository, found.repository_document);
    const { reference, fresh = false } = input;
    const renewed = await renewedImage(ports, ctx, repository, reference, found, fresh);
    if (renewed !== undefined) return renewed;
    ports.pulls.pulled(found, ctx.principal, ctx.now);
    return { digest: found.digest as Digest, mediaType: found.media_type, bytes: found.manifest };
  },
});

/** Manifest PUT. */
export const putManifest = (ports: EcrPorts): EcrDataPlane["putManifest"] => ({
  service: "ecr",
  name: "PutManifest",
  eventName: "PutImage",
  describe: ({ registryId, repositoryName, reference, mediaType }) => ({
    registryId,
    repositoryName,
    ...imageNamed(reference),
    imageManifestMediaType: mediaType,
  }),
  authorise: onRepository("ecr:PutImage"),
  async prepare(ctx, input): Promise<PreparedImage> {
    const repository = await needPushedRepository(ports, ctx, repositoryOf(input, ctx));
    await ports.repositoryBlobs.of(repository);
    const imageDigest = isDigest(input.reference) ? input.reference : undefined;
    const image = await prepareImage(ctx.rows, repository, input.bytes, input.mediaType, imageDigest);
    if (imageDigest !== undefined && imageDigest !== image.digest) {
      throw imageDigestDoesNotMatch(repository, imageDigest);
    }
    return image;
  },
  async commit(tx, ctx, input, prepared): Promise<PutManifestOutput> {
    const image = prepared as PreparedImage;
    const { imageTag } = imageNamed(input.reference);
    const tags = new Set([...(imageTag === undefined ? [] : [imageTag]), ...(input.tags ?? [])]);
    const repository = repositoryOf(input, ctx);
    await pushImage(tx, { repository, image, tags: [...tags], repeated: "accept", cause: ctx });
    const pushed = tags.size === 0 ? [undefined] : [...tags];
    const images = pushed.map((tag) => ({ imageDigest: image.digest, imageTag: tag }));
    await emitImageActions(tx, ctx, repository, "PUSH", images);
    const { mediaType, subject } = image.manifest;
    return { digest: image.digest, mediaType, subject: subject?.digest };
  },
});

/** Manifest DELETE. */
export const deleteManifest: EcrDataPlane["deleteManifest"] = {
  service: "ecr",
  name: "DeleteManifest",
  eventName: "BatchDeleteImage",
  describe: imageParameters,
  authorise: onRepository("ecr:BatchDeleteImage"),
  async commit(tx, ctx, input): Promise<DeleteManifestOutput> {
    const repository = await needRepository(tx, repositoryOf(input, ctx));
    const image = imageNamed(input.reference);
    const outcome =
      input.tagOnly === true && image.imageTag !== undefined
        ? await deleteTag(tx, repository, image.imageTag)
        : await deleteImage(tx, repository, image, ctx.now);
    if ("failure" in outcome) {
      if (outcome.failure === imageMissing) throw imageNotFound(repository, image);
      throw new Fault(outcome.failure.failureCode, outcome.failure.failureReason);
    }
    await emitImageActions(tx, ctx, repository, "DELETE", outcome.deleted);
    const [first] = outcome.deleted;
    return { digest: (first?.imageDigest ?? input.reference) as Digest };
  },
};

/** Tags list. */
export const listTags: EcrDataPlane["listTags"] = {
  service: "ecr",
  name: "ListTags",
  eventName: "ListImages",
  describe: ({ registryId, repositoryName, limit }) => ({ registryId, repositoryName, maxResults: limit }),
  authorise: onRepository("ecr:ListImages"),
  async read(ctx, input): Promise<ListTagsOutput> {
    const repository = await needRepository(ctx.rows, repositoryOf(input, ctx));
    const found = await ctx.rows
      .tables<EcrTables>()
      .selectFrom("ecr_tag")
      .select("tag")
      .where((row) => row.and(columnsOf(repository)))
      .where("tag", ">", input.after ?? "")
      .orderBy("tag")
      .limit(input.limit + 1)
      .execute();
    return { tags: found.slice(0, input.limit).map(({ tag }) => tag), more: found.length > input.limit };
  },
};

/** Referrers list. */
export const listReferrers = (ports: EcrPorts): EcrDataPlane["listReferrers"] => ({
  service: "ecr",
  name: "ListReferrers",
  eventName: "ListImageReferrers",
  describe: ({ registryId, repositoryName, subject }) => ({
    registryId,
    repositoryName,
    subjectId: { imageDigest: subject },
  }),
  authorise: onRepository("ecr:BatchGetImage"),
  async read(ctx, input) {
    const repository = await needRepository(ctx.rows, repositoryOf(input, ctx));
    const { referrers, more } = await referrersWithUpstream(ports, ctx, repository, {
      ...input,
      status: "ACTIVE",
    });
    return { referrers: referrers.map(({ status: _, ...referrer }) => referrer), more };
  },
});
