import { emitServiceEvent } from "../../../dispatch/service-event.ts";
import { uuid } from "../../../kernel/ids.ts";
import type { Tx } from "../../../store/types.ts";
import { onRepository, type RepositoryKey, repositoryOf } from "../arn.ts";
import type { EcrDataPlane, ManifestInput, StoredUpstreamImage } from "../data-plane.ts";
import { chunks, imageNamed, taggedDigest } from "../images/images.ts";
import { requiredLayers } from "../images/manifest.ts";
import { type PreparedImage, prepareImage, pushImage } from "../images/push.ts";
import { pullThroughEvent } from "../pull-through/event.ts";
import { pullThroughPrincipal } from "../pull-through/rule.ts";
import { columnsOf } from "../repositories/repository.ts";
import type { EcrTables } from "../store.ts";

const imageParameters = ({ registryId, repositoryName, reference }: ManifestInput) => ({
  registryId,
  repositoryName,
  imageIds: [imageNamed(reference)],
});

/** The puller's side: leave to have an image imported ("IAM permissions required", pull through cache, User Guide). */
export const importUpstreamImage: EcrDataPlane["importUpstreamImage"] = {
  service: "ecr",
  name: "ImportUpstreamImage",
  eventName: "BatchImportUpstreamImage",
  describe: imageParameters,
  authorise: onRepository("ecr:BatchImportUpstreamImage"),
  async read(): Promise<void> {},
};

/**
 * The role's side: whether it may do all that caching an image takes. Asked before anything is answered to the puller,
 * who gets the bytes while they are stored.
 */
export const admitUpstreamImage: EcrDataPlane["admitUpstreamImage"] = {
  service: "ecr",
  name: "AdmitUpstreamImage",
  eventName: "GetAuthorizationToken",
  onlyFor: pullThroughPrincipal,
  unrecorded: true,
  authorise: (input, ctx) => [
    { action: "ecr:GetAuthorizationToken", resource: "*" },
    ...onRepository(
      "ecr:BatchCheckLayerAvailability",
      "ecr:InitiateLayerUpload",
      "ecr:UploadLayerPart",
      "ecr:CompleteLayerUpload",
      "ecr:PutImage",
    )(input, ctx),
  ],
  async read(): Promise<void> {},
};

interface Prepared extends PreparedImage {
  readonly eventId: string;
}

/** An image from upstream whose layers and children are there. It is pushed like any other: replicated, scanned. */
export const storeUpstreamImage: EcrDataPlane["storeUpstreamImage"] = {
  service: "ecr",
  name: "StoreUpstreamImage",
  eventName: "PutImage",
  onlyFor: pullThroughPrincipal,
  describe: ({ registryId, repositoryName, tag, mediaType }) => ({
    registryId,
    repositoryName,
    imageTag: tag,
    imageManifestMediaType: mediaType,
  }),
  authorise: onRepository("ecr:PutImage"),
  async prepare(ctx, input): Promise<Prepared> {
    const { bytes, mediaType, digest } = input;
    const image = await prepareImage(ctx.rows, repositoryOf(input, ctx), bytes, mediaType, digest);
    return { ...image, eventId: uuid(ctx.random) };
  },
  async commit(tx, ctx, input, prepared): Promise<StoredUpstreamImage> {
    const { eventId, ...image } = prepared as Prepared;
    const repository = repositoryOf(input, ctx);
    // Somebody, or another process, may have put it there meanwhile; an immutable tag would refuse it again.
    const tagged =
      input.tag !== undefined && (await taggedDigest(tx, repository, input.tag)) === image.digest;
    const tags = input.tag === undefined || tagged ? [] : [input.tag];
    await pushImage(tx, { repository, image, tags, repeated: "accept", cause: ctx });
    await markPulledThrough(tx, repository, image);
    if (input.tag !== undefined) await setChecked(tx, repository, input.tag, ctx.now);
    if (input.rule !== undefined) {
      const { rule, tag } = input;
      const outcome = { repository, rule, tag, digest: image.digest, now: ctx.now };
      await emitServiceEvent(tx, eventId, pullThroughEvent(outcome));
    }
    return { digest: image.digest };
  },
};

/** Notes that a tag was held against upstream. Bookkeeping of the service: AWS knows no permission for it. */
export const noteUpstreamCheck: EcrDataPlane["noteUpstreamCheck"] = {
  service: "ecr",
  name: "NoteUpstreamCheck",
  onlyFor: pullThroughPrincipal,
  unrecorded: true,
  authorise: () => [],
  async commit(tx, ctx, input): Promise<void> {
    await setChecked(tx, repositoryOf(input, ctx), input.tag, ctx.now);
  },
};

/** Tells of an image that could not be cached. Bookkeeping of the service: AWS knows no permission for it. */
export const reportUpstreamFailure: EcrDataPlane["reportUpstreamFailure"] = {
  service: "ecr",
  name: "ReportUpstreamFailure",
  onlyFor: pullThroughPrincipal,
  unrecorded: true,
  authorise: () => [],
  prepare: async (ctx) => uuid(ctx.random),
  async commit(tx, ctx, { rule, tag, digest, failure, ...input }, eventId): Promise<void> {
    const outcome = { repository: repositoryOf(input, ctx), rule, tag, digest, failure, now: ctx.now };
    await emitServiceEvent(tx, eventId as string, pullThroughEvent(outcome));
  },
};

/** AWS: layers of images from pull through cache are not mounted elsewhere (User Guide, "Blob mounting"). */
async function markPulledThrough(
  tx: Tx,
  repository: RepositoryKey,
  { manifest }: PreparedImage,
): Promise<void> {
  for (const some of chunks(requiredLayers(manifest).map(({ digest }) => digest))) {
    await tx
      .tables<EcrTables>()
      .updateTable("ecr_layer_link")
      .set({ pulled_through: 1 })
      .where((row) => row.and(columnsOf(repository)))
      .where("digest", "in", some)
      .execute();
  }
}

async function setChecked(tx: Tx, repository: RepositoryKey, tag: string, now: number): Promise<void> {
  await tx
    .tables<EcrTables>()
    .updateTable("ecr_tag")
    .set({ upstream_checked_at: now })
    .where((row) => row.and(columnsOf(repository)))
    .where("tag", "=", tag)
    .execute();
}
