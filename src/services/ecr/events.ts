import { createHash } from "node:crypto";
import type { CallContext } from "../../dispatch/context.ts";
import { emitServiceEvent, type ServiceEvent } from "../../dispatch/service-event.ts";
import type { Tx } from "../../store/types.ts";
import { type RepositoryKey, repositoryArn } from "./arn.ts";
import type { RegistryScope } from "./ports.ts";

/**
 * The events that ECR sends to the default event bus of a registry's account and region (ECR User Guide, "Amazon ECR
 * events and EventBridge"). Members are named as there; what has no value is left out.
 */

/** An image as its events name it. */
export interface EventImage {
  readonly imageDigest: string;
  readonly imageTag?: string | undefined;
}

function ecrEvent(
  scope: RegistryScope,
  detailType: string,
  time: number,
  detail: Readonly<Record<string, unknown>>,
  resources: readonly string[] = [],
): ServiceEvent {
  const { account, region } = scope;
  return { source: "aws.ecr", detailType, account, region, time, resources, detail };
}

/** `ECR Image Action`: an image was pushed, or deleted. @param time epoch ms. */
function imageAction(
  repository: RepositoryKey,
  action: "PUSH" | "DELETE",
  { imageDigest, imageTag }: EventImage,
  time: number,
): ServiceEvent {
  return ecrEvent(repository, "ECR Image Action", time, {
    result: "SUCCESS",
    "repository-name": repository.name,
    "image-digest": imageDigest,
    "action-type": action,
    "image-tag": imageTag,
  });
}

/** How an image has come, or not come, from one registry to another. */
export interface Replicated extends EventImage {
  readonly repositoryName: string;
  readonly source: RegistryScope;
  readonly result: "SUCCESS" | "FAILED";
}

/** `ECR Replication Action`. @param at the registry whose bus gets it. @param time epoch ms. */
export function replicationAction(at: RegistryScope, replicated: Replicated, time: number): ServiceEvent {
  return ecrEvent(at, "ECR Replication Action", time, {
    result: replicated.result,
    "repository-name": replicated.repositoryName,
    "image-digest": replicated.imageDigest,
    "source-account": replicated.source.account,
    "action-type": "REPLICATE",
    "source-region": replicated.source.region,
    "image-tag": replicated.imageTag,
  });
}

/** How the storage class of an image changed. */
export interface StorageClassChange extends EventImage {
  readonly target: "ARCHIVE" | "STANDARD";
  readonly manifestMediaType: string;
  readonly artifactMediaType?: string | undefined;
  /** Epoch ms. */
  readonly lastActivatedAt?: number | undefined;
  /** Whether the image refers to another: its event is an `ECR Referrer Action`. */
  readonly referrer: boolean;
}

/** `ECR Image Action` or `ECR Referrer Action`: an image was archived or restored. @param time epoch ms. */
function storageClassAction(
  repository: RepositoryKey,
  change: StorageClassChange,
  time: number,
): ServiceEvent {
  const { lastActivatedAt: activated } = change;
  const detailType = change.referrer ? "ECR Referrer Action" : "ECR Image Action";
  return ecrEvent(repository, detailType, time, {
    result: "SUCCESS",
    "repository-name": repository.name,
    "image-digest": change.imageDigest,
    "action-type": "UPDATE_STORAGE_CLASS",
    "target-storage-class": change.target,
    "image-tag": change.imageTag,
    "manifest-media-type": change.manifestMediaType,
    "artifact-media-type": change.artifactMediaType,
    "last-activated-at": activated === undefined ? undefined : new Date(activated).toISOString(),
  });
}

/** How a scan ended. */
export interface Scanned {
  readonly imageDigest: string;
  readonly imageTags: readonly string[];
  readonly status: "COMPLETE" | "FAILED";
  /** Findings by severity (`CRITICAL`, `HIGH`, …), only those there are. */
  readonly severityCounts: Readonly<Record<string, number>>;
}

/** `ECR Image Scan`. @param time epoch ms. */
function imageScan(repository: RepositoryKey, scanned: Scanned, time: number): ServiceEvent {
  return ecrEvent(
    repository,
    "ECR Image Scan",
    time,
    {
      "scan-status": scanned.status,
      "repository-name": repository.name,
      "finding-severity-counts": scanned.severityCounts,
      "image-digest": scanned.imageDigest,
      "image-tags": scanned.imageTags,
    },
    [repositoryArn(repository)],
  );
}

/** Tells how a scan ended. @param jobId what is settled; @param time epoch ms. */
export async function emitImageScan(
  tx: Tx,
  jobId: string,
  repository: RepositoryKey,
  scanned: Scanned,
  time: number,
): Promise<void> {
  await emitServiceEvent(tx, eventId(jobId, scanned.imageDigest), imageScan(repository, scanned, time));
}

/** Sends one event for each image that a call pushed or deleted, with the change itself. */
export async function emitImageActions(
  tx: Tx,
  ctx: Pick<CallContext, "requestId" | "now">,
  repository: RepositoryKey,
  action: "PUSH" | "DELETE",
  images: readonly EventImage[],
): Promise<void> {
  for (const image of images) {
    const id = eventId(ctx.requestId, action, image.imageDigest, image.imageTag ?? "");
    await emitServiceEvent(tx, id, imageAction(repository, action, image, ctx.now));
  }
}

/** Sends the event of an image that was archived or restored, with the change itself. */
export async function emitStorageClassAction(
  tx: Tx,
  ctx: Pick<CallContext, "requestId" | "now">,
  repository: RepositoryKey,
  change: StorageClassChange,
): Promise<void> {
  const id = eventId(ctx.requestId, change.target, change.imageDigest);
  await emitServiceEvent(tx, id, storageClassAction(repository, change, ctx.now));
}

/**
 * An event's id, a UUID that follows from what caused it: a transaction that runs twice sends the same event.
 * @param cause the id of the call or job, and what tells its events apart.
 */
function eventId(...cause: readonly string[]): string {
  const hex = createHash("sha256").update(cause.join("\n")).digest("hex");
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 3) | 8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join("-");
}

/** Tells both registries how a replication ended. @param jobId what is settled; @param time epoch ms. */
export async function emitReplicationActions(
  tx: Tx,
  jobId: string,
  destination: RegistryScope,
  replicated: Replicated,
  time: number,
): Promise<void> {
  for (const side of [destination, replicated.source]) {
    const id = eventId(jobId, side.account, side.region);
    await emitServiceEvent(tx, id, replicationAction(side, replicated, time));
  }
}
