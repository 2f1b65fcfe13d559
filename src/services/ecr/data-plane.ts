import type { Readable } from "node:stream";
import type { RCTAppliedFor } from "@aws-sdk/client-ecr";
import type { BlobStore, ByteRange } from "../../blobs/types.ts";
import type { InternalOperation } from "../../dispatch/operation.ts";
import type { Digest } from "../../kernel/brand.ts";
import type { Job } from "../../store/types.ts";
import * as backfill from "./data-plane/backfill.ts";
import * as blobs from "./data-plane/blobs.ts";
import * as creation from "./data-plane/creation.ts";
import * as deletion from "./data-plane/deletion.ts";
import * as manifests from "./data-plane/manifests.ts";
import * as pullThrough from "./data-plane/pull-through.ts";
import * as replication from "./data-plane/replication.ts";
import * as uploads from "./data-plane/uploads.ts";
import type { EcrPorts } from "./ports.ts";
import type { PullThroughRule } from "./pull-through/rule.ts";

/**
 * What the registry on `/v2/` and the replication loop ask of ECR: internal operations, each authorised by the ECR
 * action of the same work in the API, each recorded under that operation's name.
 *
 * The region of the registry is the region of the call (`InvokeOptions.region`); the registry id is the caller's
 * account when left out. Faults carry ECR's codes and texts (`RepositoryNotFoundException`, `ImageNotFoundException`,
 * `LayersNotFoundException`, `UploadNotFoundException`, `InvalidParameterException`, `ImageTagAlreadyExistsException`,
 * …), or the blob store's (`DIGEST_INVALID`, `RANGE_INVALID`).
 */
export interface EcrDataPlane {
  /**
   * Creates a repository by the registry's template for the occasion. ecr:CreateRepository of the caller, and of the
   * template's role, as which it is created. False when there is no such template.
   */
  readonly applyCreationTemplate: InternalOperation<
    ApplyTemplateInput,
    unknown,
    { readonly applied: boolean }
  >;
  /** Whether a layer may be downloaded, and how large it is. ecr:GetDownloadUrlForLayer. `LayersNotFoundException`. */
  readonly openBlob: InternalOperation<BlobInput, never, OpenedBlob>;
  /**
   * Whether a layer is there, completed but unreferenced ones included. ecr:BatchCheckLayerAvailability.
   * `LayersNotFoundException`.
   */
  readonly statBlob: InternalOperation<BlobInput, never, BlobFacts>;
  /**
   * A manifest by tag or digest, from upstream when a pull through cache rule covers the repository.
   * ecr:BatchGetImage. `ImageNotFoundException`.
   */
  readonly getManifest: InternalOperation<GetManifestInput, never, ManifestFacts>;
  /**
   * Stores a manifest under its digest and, when the reference or `tags` name tags, under these. ecr:PutImage.
   * Pushing again what is there already is no error (unless a tag is immutable).
   */
  readonly putManifest: InternalOperation<PutManifestInput, unknown, PutManifestOutput>;
  /**
   * Removes a tag (with the last one the image), or an image with all its tags. ecr:BatchDeleteImage.
   * `ImageNotFoundException`, `ImageReferencedByManifestList`.
   */
  readonly deleteManifest: InternalOperation<DeleteManifestInput, unknown, DeleteManifestOutput>;
  /** Begins an upload. ecr:InitiateLayerUpload. */
  readonly beginUpload: InternalOperation<RepositoryInput, unknown, UploadBegun>;
  /** Appends the body to an upload. ecr:UploadLayerPart. `UploadNotFoundException`, `RANGE_INVALID`. */
  readonly appendUpload: InternalOperation<AppendUploadInput, unknown, UploadProgress>;
  /** How much of an upload arrived. ecr:UploadLayerPart. `UploadNotFoundException`. */
  readonly uploadStatus: InternalOperation<UploadInput, never, UploadProgress>;
  /**
   * Ends an upload, after appending the body, which may be empty. ecr:UploadLayerPart, ecr:CompleteLayerUpload.
   * `UploadNotFoundException`, `DIGEST_INVALID`, `RANGE_INVALID`.
   */
  readonly finishUpload: InternalOperation<FinishUploadInput, unknown, BlobFacts>;
  /** Forgets an upload. ecr:UploadLayerPart. `UploadNotFoundException`. */
  readonly cancelUpload: InternalOperation<UploadInput, unknown, void>;
  /**
   * Stores the body as a layer in one step. ecr:InitiateLayerUpload, ecr:UploadLayerPart, ecr:CompleteLayerUpload.
   * `DIGEST_INVALID`.
   */
  readonly uploadBlob: InternalOperation<BlobInput, unknown, BlobFacts>;
  /**
   * Links a layer of another repository of the same registry. ecr:GetDownloadUrlForLayer on the source and
   * ecr:InitiateLayerUpload on the target. `undefined` when AWS would begin an ordinary upload instead (the account
   * setting BLOB_MOUNTING is off, unlike encryption, no such layer, or none of an image).
   */
  readonly mountBlob: InternalOperation<MountBlobInput, unknown, BlobFacts | undefined>;
  /**
   * Takes a layer that no image names out of the repository. ecr:BatchDeleteImage. `LayersNotFoundException`,
   * `UNSUPPORTED` for a layer that an image names.
   */
  readonly deleteBlob: InternalOperation<BlobInput, unknown, void>;
  /** Tags of a repository in byte order. ecr:ListImages. */
  readonly listTags: InternalOperation<ListTagsInput, never, ListTagsOutput>;
  /** Manifests whose subject is the digest, in order of their digests. ecr:BatchGetImage. */
  readonly listReferrers: InternalOperation<ListReferrersInput, never, ListReferrersOutput>;
  /**
   * Copies an image with all it references to another registry; the region of the call is the destination's.
   * Only for replication.ecr.amazonaws.com. ecr:ReplicateImage at the destination. Idempotent, never chained.
   * `RepositoryNotFoundException` when the destination has no such repository; `ImageNotFoundException` when the
   * source has lost the image.
   */
  readonly replicateImage: InternalOperation<ReplicateImageInput, unknown, ReplicateImageOutput>;
  /**
   * Carries a deletion at the source out at the destination, unless the source has the image or tag again. Only for
   * replication.ecr.amazonaws.com. ecr:ReplicateImage at the destination. What is not there is no error.
   */
  readonly replicateDeletion: InternalOperation<ReplicateImageInput, unknown, void>;
  /**
   * Takes the next step of a replication backfill and ends its job in the same transaction. Internal bookkeeping of the
   * source registry: no permission, not recorded. Only for replication.ecr.amazonaws.com. False when the job's lease
   * was lost.
   */
  readonly advanceBackfill: InternalOperation<{ readonly job: Job }, unknown, boolean>;
  /**
   * Writes how a replication ended and finishes (or buries) its job in the same transaction. Internal bookkeeping of
   * the source registry: no permission, not recorded. Only for replication.ecr.amazonaws.com.
   * False when the job's lease was lost; then nothing is written.
   */
  readonly settleReplication: InternalOperation<SettleReplicationInput, unknown, boolean>;
  /** Whether the caller may have an image imported. ecr:BatchImportUpstreamImage. */
  readonly importUpstreamImage: InternalOperation<ManifestInput, never, void>;
  /**
   * Whether the role may do all that caching an image takes: ecr:GetAuthorizationToken and the five actions of a push.
   * Only for pullthroughcache.ecr.amazonaws.com, like all that follow.
   */
  readonly admitUpstreamImage: InternalOperation<RepositoryInput, never, void>;
  /** Stores the manifest of an image from upstream whose parts are there. ecr:PutImage. */
  readonly storeUpstreamImage: InternalOperation<StoreUpstreamImageInput, unknown, StoredUpstreamImage>;
  /** Notes that a tag was held against upstream now. No permission. */
  readonly noteUpstreamCheck: InternalOperation<UpstreamTagInput, unknown, void>;
  /** Sends the event of an image that could not be cached. No permission. */
  readonly reportUpstreamFailure: InternalOperation<ReportUpstreamFailureInput, unknown, void>;
}

/** Makes the operations of the data plane. Once per process: operations are told apart by identity. */
export function createDataPlane(ports: EcrPorts): EcrDataPlane {
  return {
    applyCreationTemplate: creation.applyCreationTemplate(ports),
    openBlob: blobs.openBlob(ports),
    statBlob: blobs.statBlob(ports),
    getManifest: manifests.getManifest(ports),
    putManifest: manifests.putManifest(ports),
    deleteManifest: manifests.deleteManifest,
    beginUpload: uploads.beginUpload(ports),
    appendUpload: uploads.appendUpload(ports),
    uploadStatus: uploads.uploadStatus(ports),
    finishUpload: uploads.finishUpload(ports),
    cancelUpload: uploads.cancelUpload(ports),
    uploadBlob: blobs.uploadBlob(ports),
    mountBlob: blobs.mountBlob(ports),
    deleteBlob: blobs.deleteBlob,
    listTags: manifests.listTags,
    listReferrers: manifests.listReferrers(ports),
    importUpstreamImage: pullThrough.importUpstreamImage,
    admitUpstreamImage: pullThrough.admitUpstreamImage,
    storeUpstreamImage: pullThrough.storeUpstreamImage,
    noteUpstreamCheck: pullThrough.noteUpstreamCheck,
    reportUpstreamFailure: pullThrough.reportUpstreamFailure,
    replicateImage: replication.replicateImage(ports),
    replicateDeletion: deletion.replicateDeletion,
    advanceBackfill: backfill.advanceBackfill(ports),
    settleReplication: replication.settleReplication(ports),
  };
}

/** Every input names a repository. */
export interface RepositoryInput {
  /** The account whose registry it is; the caller's when left out. */
  readonly registryId?: string;
  readonly repositoryName: string;
}

export interface ApplyTemplateInput extends RepositoryInput {
  readonly appliedFor: RCTAppliedFor;
}

export interface BlobInput extends RepositoryInput {
  readonly digest: Digest;
}

export interface BlobFacts {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  /** As a manifest that names the layer says; absent while none does. */
  readonly mediaType?: string;
}

/** A layer that may be downloaded. */
export interface OpenedBlob extends Omit<BlobFacts, "size"> {
  /** Bytes; `undefined` for a layer on its way from an upstream registry that does not say. */
  readonly size: number | undefined;
  /** Reads a layer that is still on its way, or of a repository with a KMS key; `undefined` for one in the blob store. */
  readonly read?: (range?: ByteRange) => Readable | Promise<Readable>;
}

export interface ManifestInput extends RepositoryInput {
  /** A digest or a tag. */
  readonly reference: string;
}

export interface GetManifestInput extends ManifestInput {
  /** Whether a tag that was cached from an upstream registry is held against it at once. */
  readonly fresh?: boolean;
}

export interface ManifestFacts {
  readonly digest: Digest;
  readonly mediaType: string;
  /** Exactly what was pushed. */
  readonly bytes: Buffer;
}

export interface PutManifestInput extends ManifestInput {
  /** `Content-Type` of the push; the manifest's own `mediaType` must not differ. */
  readonly mediaType?: string;
  readonly bytes: Buffer;
  /** Further tags to put on the image. */
  readonly tags?: readonly string[];
}

export interface PutManifestOutput {
  readonly digest: Digest;
  readonly mediaType: string;
  /** The manifest that this one is about, for `OCI-Subject`. */
  readonly subject?: Digest;
}

export interface DeleteManifestInput extends ManifestInput {
  /** Whether an image stays when the reference is its last tag. */
  readonly tagOnly?: boolean;
}

export interface DeleteManifestOutput {
  readonly digest: Digest;
}

export interface UploadInput extends RepositoryInput {
  /** A UUID. */
  readonly uploadId: string;
}

export interface UploadBegun {
  readonly uploadId: string;
  /** Where its bytes go; the common store when left out. */
  readonly blobs?: Pick<BlobStore, "read" | "readPart">;
}

export interface AppendUploadInput extends UploadInput {
  /** Bytes that must have arrived when another chunk comes; any number when left out. */
  readonly leastChunk?: number;
  /** First byte of the body in the layer; the end of what arrived so far when left out. */
  readonly offset?: number;
}

export interface UploadProgress {
  /** Bytes received in all. */
  readonly received: number;
}

export interface FinishUploadInput extends AppendUploadInput {
  readonly digest: Digest;
}

export interface MountBlobInput extends BlobInput {
  /** The repository, in the same registry, that has the layer. */
  readonly from: string;
  /** Also a layer that no image names, and whatever the account setting BLOB_MOUNTING says. */
  readonly anyLayer?: boolean;
}

export interface ListTagsInput extends RepositoryInput {
  /** Tags after this one. */
  readonly after?: string;
  readonly limit: number;
}

export interface ListTagsOutput {
  readonly tags: readonly string[];
  /** Whether more tags follow. */
  readonly more: boolean;
}

export interface ListReferrersInput extends RepositoryInput {
  readonly subject: Digest;
  readonly artifactTypes?: readonly string[];
  /** Digests after this one. */
  readonly after?: string;
  readonly limit: number;
}

/** A descriptor of OCI image-spec as the referrers API answers it. */
export interface ReferrerDescriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes of the manifest. */
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface ListReferrersOutput {
  readonly referrers: readonly ReferrerDescriptor[];
  /** Whether more referrers follow. */
  readonly more: boolean;
}

export interface ReplicateImageInput extends RepositoryInput {
  /** The destination registry; its region is the call's. */
  readonly registryId: string;
  readonly source: { readonly account: string; readonly region: string };
  readonly digest: Digest;
  /** The tag that the push gave; the image goes without one when left out. */
  readonly tag?: string;
}

export interface ReplicateImageOutput {
  /** Whether the tag names the image at the destination: not if it is immutable there or was moved since. */
  readonly tagged: boolean;
}

/** How a replication ended. */
export type ReplicationOutcome =
  | { readonly status: "COMPLETE" }
  | { readonly status: "FAILED"; readonly failureCode: string; readonly error: string };

export interface SettleReplicationInput {
  /** A job of the queue `ecr.replication`, claimed by the caller. */
  readonly job: Job;
  readonly outcome: ReplicationOutcome;
}

export interface StoreUpstreamImageInput extends RepositoryInput {
  readonly digest: Digest;
  readonly bytes: Buffer;
  readonly mediaType: string;
  readonly tag?: string;
  /** The rule, for the event that tells of the image; the images of an index go without one. */
  readonly rule?: PullThroughRule;
}

export interface StoredUpstreamImage {
  readonly digest: Digest;
}

export interface UpstreamTagInput extends RepositoryInput {
  readonly tag: string;
}

export interface ReportUpstreamFailureInput extends RepositoryInput {
  readonly rule: PullThroughRule;
  readonly tag?: string;
  readonly digest?: string;
  readonly failure: { readonly code: string; readonly reason: string };
}
