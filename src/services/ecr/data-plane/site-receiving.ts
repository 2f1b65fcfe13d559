import { createHash } from "node:crypto";
import type { BlobStore } from "../../../blobs/types.ts";
import type { CallContext } from "../../../dispatch/context.ts";
import { emitServiceEvent } from "../../../dispatch/service-event.ts";
import { isFault } from "../../../kernel/fault.ts";
import { uuid } from "../../../kernel/ids.ts";
import type { Tx } from "../../../store/types.ts";
import { onRepository, repositoryOf } from "../arn.ts";
import { type WrittenBlob, writeBlob } from "../collection/removals.ts";
import { replicationAction } from "../events.ts";
import { imageDigestDoesNotMatch } from "../faults.ts";
import { removeNamed, removeTag } from "../images/delete-image.ts";
import { checkImageCount } from "../images/image-quota.ts";
import { imagesAmong, taggedDigest } from "../images/images.ts";
import { checkReferences, insertImage, type PreparedImage, prepareImage } from "../images/push.ts";
import { restoreImage } from "../images/storage-class.ts";
import { findLink, linkLayer } from "../layers/layers.ts";
import { deleteUpload, touchUpload } from "../layers/uploads.ts";
import type { RegistryScope } from "../ports.ts";
import { findRegistry } from "../registry.ts";
import { replicationPrincipal } from "../replication/job.ts";
import { columnsOf, needRepository, type Repository } from "../repositories/repository.ts";
import { scanArrived } from "../scanning/scans.ts";
import type { LayerProgress, ReplicaInput, SiteOperations, SitePorts } from "../sites/sites.ts";
import { invalid } from "../sites/sites.ts";
import type { EcrTables } from "../store.ts";
import { tagReplica } from "./replication.ts";

type Receiving =
  | "openReplicaLayer"
  | "receiveReplicaLayer"
  | "receiveReplicaManifest"
  | "receiveReplicaDeletion";

/** How much of a layer is there; once it is whole and stored, what `writeBlob` noted. */
interface ReceivedLayer extends Partial<Pick<WrittenBlob, "removal">> {
  readonly received: number;
}

/** A manifest that was read and measured, and the id of the event that tells of its arrival. */
interface Received {
  readonly image: PreparedImage;
  readonly eventId: string;
}

const common = {
  service: "ecr",
  onlyFor: replicationPrincipal,
  authorise: onRepository("ecr:ReplicateImage"),
} as const;

/**
 * The destination's side of a copy from another site. A layer arrives as an upload whose id follows from what it is, so
 * that it goes on where it broke off, whichever process takes either end.
 */
export const receivingOperations = ({ repositoryBlobs }: SitePorts): Pick<SiteOperations, Receiving> => ({
  openReplicaLayer: {
    ...common,
    name: "OpenReplicaLayer",
    unrecorded: true,
    async prepare(ctx, input) {
      const destination = await needRepository(ctx.rows, repositoryOf(input, ctx));
      const blobs = await repositoryBlobs.of(destination);
      const id = uploadIdOf(input, ctx);
      const received = await blobs.received(id);
      // More than there can be is of another attempt: it begins anew.
      if ((received ?? 0) <= input.size) return received ?? 0;
      await blobs.cancel(id);
      return 0;
    },
    async commit(tx, ctx, input, received): Promise<LayerProgress> {
      const repository = await needRepository(tx, repositoryOf(input, ctx));
      if (await hasLayer(tx, repository, input, ctx.now)) return { present: true, received: 0 };
      await noteUpload(tx, repository, uploadIdOf(input, ctx), ctx.now);
      return { present: false, received: received as number };
    },
  },

  receiveReplicaLayer: {
    ...common,
    name: "ReceiveReplicaLayer",
    unrecorded: true,
    async stage(ctx, input, body): Promise<ReceivedLayer> {
      const destination = await needRepository(ctx.rows, repositoryOf(input, ctx));
      const blobs = await repositoryBlobs.of(destination);
      const id = uploadIdOf(input, ctx);
      if (input.offset === 0) await haveUpload(blobs, id);
      const received = await blobs.append(id, input.offset, body);
      if (received > input.size) {
        await blobs.cancel(id);
        throw invalid("size", `the layer has more than ${input.size} bytes`);
      }
      if (received < input.size) return { received };
      try {
        const { removal } = await writeBlob(ctx.rows, destination, input.digest, () =>
          blobs.finish(id, input.digest),
        );
        return { received, removal };
      } catch (error) {
        // What is there is not what was meant: the next attempt begins anew.
        if (isFault(error, "DIGEST_INVALID")) await blobs.cancel(id);
        throw error;
      }
    },
    async commit(tx, ctx, input, staged): Promise<LayerProgress> {
      const { received, removal } = staged as ReceivedLayer;
      const repository = await needRepository(tx, repositoryOf(input, ctx));
      const id = uploadIdOf(input, ctx);
      if (received < input.size) {
        await touchUpload(tx, id, ctx.now);
        return { present: false, received };
      }
      await linkLayer(tx, repository, { digest: input.digest, size: input.size, removal }, ctx.now);
      await deleteUpload(tx, id);
      return { present: true, received };
    },
  },

  receiveReplicaManifest: {
    ...common,
    name: "ReceiveReplicaManifest",
    eventName: "ReplicateImage",
    describe: ({ registryId, repositoryName, source, digest, tag }) => ({
      registryId,
      repositoryName,
      sourceRegistryId: source.account,
      sourceRegion: source.region,
      imageId: { imageDigest: digest, imageTag: tag },
    }),
    async prepare(ctx, input): Promise<Received> {
      const repository = repositoryOf(input, ctx);
      await needRepository(ctx.rows, repository);
      const { bytes, mediaType, digest } = input;
      const image = await prepareImage(ctx.rows, repository, bytes, mediaType, digest);
      if (image.digest !== input.digest) throw imageDigestDoesNotMatch(repository, input.digest);
      return { image, eventId: uuid(ctx.random) };
    },
    async commit(tx, ctx, input, prepared) {
      const destination = await needRepository(tx, repositoryOf(input, ctx));
      const { image, eventId } = prepared as Received;
      if ((await imagesAmong(tx, destination, [image.digest])).has(image.digest)) {
        await restoreImage(tx, destination, image.digest, ctx);
      } else {
        const size = await checkReferences(tx, destination, image.manifest);
        await insertImage(tx, destination, image, size, ctx.now);
        if (image.nearlyFull) await checkImageCount(tx, destination);
        await scanArrived(tx, destination, image, ctx.now);
      }
      const tagged = await tagReplica(tx, destination, image.digest, input.tag, ctx.now);
      if (input.whole) {
        const replicated = {
          repositoryName: destination.name,
          imageDigest: image.digest,
          imageTag: tagged ? input.tag : undefined,
          source: input.source as RegistryScope,
          result: "SUCCESS",
        } as const;
        await emitServiceEvent(tx, eventId, replicationAction(destination, replicated, ctx.now));
      }
      return { tagged };
    },
  },

  receiveReplicaDeletion: {
    ...common,
    name: "ReceiveReplicaDeletion",
    eventName: "ReplicateDeletion",
    describe: ({ registryId, repositoryName, source, digest, tag }) => ({
      registryId,
      repositoryName,
      sourceRegistryId: source.account,
      sourceRegion: source.region,
      imageId: { imageDigest: digest, imageTag: tag },
    }),
    async commit(tx, ctx, { digest, tag, ...input }): Promise<void> {
      const destination = await needRepository(tx, repositoryOf(input, ctx));
      if (tag === undefined) await removeNamed(tx, destination, { imageDigest: digest }, ctx.now);
      else if ((await taggedDigest(tx, destination, tag)) === digest) await removeTag(tx, destination, tag);
    },
  },
});

/**
 * Whether the repository has the layer, or may have it from a neighbour: where the registry mounts, a layer of an image
 * in a repository of like encryption is linked instead of sent (User Guide, "Blob mounting").
 * INVARIANT: a site that names a digest gets nothing that its bytes would not: a link needs one in the same registry.
 */
async function hasLayer(
  tx: Tx,
  repository: Repository,
  { digest, size }: { readonly digest: ReplicaInput["digest"]; readonly size: number },
  now: number,
): Promise<boolean> {
  const own = await findLink(tx, repository, digest);
  if (own !== undefined) {
    await linkLayer(tx, repository, { digest, size: own.size }, now);
    return true;
  }
  // A repository with a KMS key has bytes of its own.
  if (repository.encryption.vault !== undefined) return false;
  if ((await findRegistry(tx, repository)).settings.BLOB_MOUNTING === "DISABLED") return false;
  const neighbours = await tx
    .tables<EcrTables>()
    .selectFrom("ecr_layer_link")
    .select("repository")
    .where("account", "=", repository.account)
    .where("region", "=", repository.region)
    .where("digest", "=", digest)
    .where("referenced", "=", 1)
    .where("size", "=", size)
    .limit(10)
    .execute();
  for (const { repository: name } of neighbours) {
    const neighbour = await needRepository(tx, { ...repository, name });
    const { type, kmsKey } = neighbour.encryption;
    if (type !== repository.encryption.type || kmsKey !== repository.encryption.kmsKey) continue;
    await linkLayer(tx, repository, { digest, size }, now);
    return true;
  }
  return false;
}

/** Begins an upload whose row is there, unless an attempt before has done so. */
async function haveUpload(blobs: BlobStore, id: string): Promise<void> {
  if ((await blobs.received(id)) !== undefined) return;
  try {
    await blobs.begin(id);
  } catch {
    if ((await blobs.received(id)) !== undefined) return;
    // A crash left the beginning of a file, which is no upload and in the way of one.
    await blobs.cancel(id);
    await blobs.begin(id);
  }
}

async function noteUpload(tx: Tx, repository: Repository, uploadId: string, now: number): Promise<void> {
  await tx
    .tables<EcrTables>()
    .insertInto("ecr_upload")
    .values({
      ...columnsOf(repository),
      upload_id: uploadId,
      created_at: now,
      touched_at: now,
      parts: 0,
      last_part: 0,
      short_part: 0,
    })
    .onConflict((conflict) => conflict.column("upload_id").doUpdateSet({ touched_at: now }))
    .execute();
}

/** The id of the upload by which a layer arrives: a UUID that follows from source, destination and digest. */
function uploadIdOf(input: ReplicaInput, ctx: CallContext): string {
  const { source, digest } = input;
  const { account, region, name } = repositoryOf(input, ctx);
  const parts = ["replica", source.account, source.region, account, region, name, digest];
  const hash = createHash("sha256").update(parts.join(" ")).digest();
  // RFC 9562, version 8: a UUID of one's own making.
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x80;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.subarray(0, 16).toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
