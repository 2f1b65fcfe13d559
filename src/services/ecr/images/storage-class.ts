import type { CallContext } from "../../../dispatch/context.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import type { RepositoryKey } from "../arn.ts";
import { emitStorageClassAction } from "../events.ts";
import { columnsOf } from "../repositories/repository.ts";
import type { EcrTables, ImageRow, ImageStatus } from "../store.ts";
import { chunks, type ImageDocument } from "./images.ts";

/** The queue of images on their way back from the archive. */
export const restoreQueue = "ecr.restore";

/** One image on its way back. */
export interface RestoreJob {
  readonly repositoryName: string;
  readonly digest: string;
}

/**
 * Moves an image and what refers to it (signatures, SBOMs) to the archive or back ("Archiving an image", "Restoring an
 * image", ECR User Guide). The bytes stay where they are: an archived image is one that cannot be pulled. A restored
 * one is ACTIVATING until a job has made it ACTIVE.
 * @returns the image's status after the call.
 * @throws Fault `ImageStorageClassUpdateNotSupportedException`; its words are ours.
 */
export async function changeStorageClass(
  tx: Tx,
  repository: RepositoryKey,
  digest: string,
  target: "STANDARD" | "ARCHIVE",
  ctx: Cause,
): Promise<ImageStatus> {
  const image = await statusOf(tx, repository, digest);
  if (target === "ARCHIVE") {
    if (image === "ARCHIVED") return image;
    if (image === "ACTIVATING") throw notSupported("The image is being restored.");
    if (await heldByIndex(tx, repository, digest)) {
      throw notSupported("The image is referenced by a manifest list that is not archived.");
    }
    await archiveImage(tx, repository, digest, ctx);
    return "ARCHIVED";
  }
  if (image !== "ARCHIVED") return image;
  for (const part of await withReferrers(tx, repository, digest)) {
    await setStatus(tx, repository, part, "ARCHIVED", { status: "ACTIVATING" });
  }
  const payload: RestoreJob = { repositoryName: repository.name, digest };
  const { account, region, name } = repository;
  await tx.enqueue({
    queue: restoreQueue,
    key: [account, region, name, digest].join(" "),
    account,
    region,
    payload,
  });
  return "ACTIVATING";
}

/** The call that moves an image. */
type Cause = Pick<CallContext, "requestId" | "now">;

/** Archives an image with its referrers, whatever lists it. */
export async function archiveImage(
  tx: Tx,
  repository: RepositoryKey,
  digest: string,
  ctx: Cause,
): Promise<void> {
  for (const part of await withReferrers(tx, repository, digest)) {
    const change = { status: "ARCHIVED", archived_at: ctx.now } as const;
    if (!(await setStatus(tx, repository, part, "ACTIVE", change))) continue;
    await settleLayers(tx, repository, part);
    await tell(tx, repository, part, "ARCHIVE", ctx);
  }
}

/** Makes an image that is archived, or on its way back, active again with its referrers; nothing when it is active. */
export async function restoreImage(
  tx: Tx,
  repository: RepositoryKey,
  digest: string,
  ctx: Cause,
): Promise<void> {
  if ((await statusOf(tx, repository, digest)) === "ACTIVE") return;
  for (const part of await withReferrers(tx, repository, digest)) {
    const change = { status: "ACTIVE", activated_at: ctx.now } as const;
    const archived = await setStatus(tx, repository, part, "ARCHIVED", change);
    if (!archived && !(await setStatus(tx, repository, part, "ACTIVATING", change))) continue;
    await settleLayers(tx, repository, part);
    await tell(tx, repository, part, "STANDARD", ctx);
  }
}

/** Sends the event of an image that was moved. */
async function tell(
  tx: Tx,
  repository: RepositoryKey,
  digest: string,
  target: "STANDARD" | "ARCHIVE",
  ctx: Cause,
): Promise<void> {
  const image = await tx
    .tables<EcrTables>()
    .selectFrom("ecr_image")
    .select(["media_type", "document", "activated_at"])
    .where((where) => where.and(columnsOf(repository)))
    .where("digest", "=", digest)
    .executeTakeFirst();
  if (image === undefined) return;
  const { artifactMediaType, subject } = JSON.parse(image.document) as ImageDocument;
  await emitStorageClassAction(tx, ctx, repository, {
    imageDigest: digest,
    target,
    manifestMediaType: image.media_type,
    artifactMediaType,
    lastActivatedAt: image.activated_at ?? undefined,
    referrer: subject !== undefined,
  });
}

function notSupported(message: string): Fault {
  return new Fault("ImageStorageClassUpdateNotSupportedException", message);
}

async function statusOf(rows: Rows, repository: RepositoryKey, digest: string): Promise<ImageStatus> {
  const row = await rows
    .tables<EcrTables>()
    .selectFrom("ecr_image")
    .select("status")
    .where((where) => where.and(columnsOf(repository)))
    .where("digest", "=", digest)
    .executeTakeFirst();
  return row?.status ?? "ACTIVE";
}

/** Whether the image had the status that it was to come from. */
async function setStatus(
  tx: Tx,
  repository: RepositoryKey,
  digest: string,
  from: ImageStatus,
  change: Partial<Pick<ImageRow, "status" | "archived_at" | "activated_at">>,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .tables<EcrTables>()
    .updateTable("ecr_image")
    .set(change)
    .where((where) => where.and(columnsOf(repository)))
    .where("digest", "=", digest)
    .where("status", "=", from)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Whether an index that can be pulled lists the image. */
async function heldByIndex(rows: Rows, repository: RepositoryKey, digest: string): Promise<boolean> {
  const indexes = await referring(rows, repository, digest, "child");
  for (const index of indexes) if ((await statusOf(rows, repository, index)) === "ACTIVE") return true;
  return false;
}

/** The image, what refers to it, and what refers to that. */
async function withReferrers(
  rows: Rows,
  repository: RepositoryKey,
  digest: string,
): Promise<readonly string[]> {
  const found = new Set([digest]);
  // The set grows while it is walked.
  for (const each of found) {
    for (const referrer of await referring(rows, repository, each, "subject")) found.add(referrer);
  }
  return [...found];
}

async function referring(
  rows: Rows,
  repository: RepositoryKey,
  target: string,
  kind: "child" | "subject",
): Promise<readonly string[]> {
  const found = await rows
    .tables<EcrTables>()
    .selectFrom("ecr_reference")
    .select("digest")
    .where((where) => where.and(columnsOf(repository)))
    .where("kind", "=", kind)
    .where("target", "=", target)
    .execute();
  return found.map((row) => row.digest);
}

/** Says of each layer of an image whether an image that can be pulled names it. */
async function settleLayers(tx: Tx, repository: RepositoryKey, digest: string): Promise<void> {
  const tables = tx.tables<EcrTables>();
  const layers = await tables
    .selectFrom("ecr_reference")
    .select("target")
    .where((where) => where.and(columnsOf(repository)))
    .where("digest", "=", digest)
    .where("kind", "=", "layer")
    .execute();
  for (const some of chunks(layers.map((layer) => layer.target))) {
    const pulled = await tables
      .selectFrom("ecr_reference")
      .innerJoin("ecr_image", (join) =>
        join
          .onRef("ecr_image.account", "=", "ecr_reference.account")
          .onRef("ecr_image.region", "=", "ecr_reference.region")
          .onRef("ecr_image.repository", "=", "ecr_reference.repository")
          .onRef("ecr_image.digest", "=", "ecr_reference.digest"),
      )
      .select("ecr_reference.target")
      .distinct()
      .where("ecr_reference.account", "=", repository.account)
      .where("ecr_reference.region", "=", repository.region)
      .where("ecr_reference.repository", "=", repository.name)
      .where("ecr_reference.kind", "=", "layer")
      .where("ecr_reference.target", "in", some)
      .where("ecr_image.status", "=", "ACTIVE")
      .execute();
    const active = new Set(pulled.map((row) => row.target));
    for (const archived of [0, 1] as const) {
      const these = some.filter((layer) => active.has(layer) === (archived === 0));
      if (these.length === 0) continue;
      await tables
        .updateTable("ecr_layer_link")
        .set({ archived })
        .where((where) => where.and(columnsOf(repository)))
        .where("digest", "in", these)
        .execute();
    }
  }
}
