import type { InternalOperation } from "../../../dispatch/operation.ts";
import type { Digest } from "../../../kernel/brand.ts";
import { day } from "../../../kernel/duration.ts";
import { uuid } from "../../../kernel/ids.ts";
import type { Job, Jobs } from "../../../store/types.ts";
import { ecrPrincipal } from "../lifecycle/jobs.ts";
import {
  type AbandonedUpload,
  abandonedUploads,
  blobPlaces,
  collectEvery,
  collectionJob,
  forgetUploads,
  grace,
  removeUnusedLinks,
  uploadsWithoutRow,
} from "./garbage.ts";
import {
  type BlobPlace,
  beginRemovals,
  endRemovals,
  forgetRemovals,
  nextTakeOver,
  type Removal,
  takeOverRemovals,
  unlinkedAmong,
} from "./removals.ts";

/**
 * ECR's own work on what nothing names any more: only ECR may ask for it, so there is no policy to ask. Each changes
 * rows only; the bytes are removed by the loop, between two of them.
 */
export interface CollectionOperations {
  /** Takes away up to `limit` links that no image has named for the time of grace; says how many. */
  readonly removeLinks: InternalOperation<{ readonly limit: number }, undefined, number>;
  /** Up to `limit` uploads that nobody has continued for the time of grace. */
  readonly findUploads: InternalOperation<{ readonly limit: number }, never, readonly AbandonedUpload[]>;
  /** Forgets uploads whose bytes are gone. */
  readonly forgetUploads: InternalOperation<
    { readonly uploads: readonly AbandonedUpload[] },
    undefined,
    void
  >;
  /** Which of these uploads of the store are nobody's. */
  readonly findStrays: InternalOperation<{ readonly ids: readonly string[] }, never, readonly string[]>;
  /** Every store of blobs. */
  readonly findPlaces: InternalOperation<object, never, readonly BlobPlace[]>;
  /** Which of these blobs no repository links. */
  readonly findUnlinked: InternalOperation<BlobsInput, never, readonly Digest[]>;
  /** Begins to remove those of the blobs that are still not linked. */
  readonly beginRemovals: InternalOperation<BlobsInput, string, readonly Removal[]>;
  /** Takes over up to `limit` removals that were left half done. */
  readonly takeOverRemovals: InternalOperation<
    { readonly place: BlobPlace; readonly limit: number },
    undefined,
    readonly Removal[]
  >;
  /** Notes that the bytes are gone. */
  readonly endRemovals: InternalOperation<
    { readonly place: BlobPlace; readonly removals: readonly Removal[] },
    undefined,
    void
  >;
  /** Ends the collector's job and arranges the next. False when the lease was lost. */
  readonly settle: InternalOperation<{ readonly job: Job }, undefined, boolean>;
}

interface BlobsInput {
  readonly place: BlobPlace;
  readonly digests: readonly Digest[];
}

/** How long a removal is remembered: far longer than the time between a blob's writing and its link. */
const remembered = 30 * day;

const common = { service: "ecr", onlyFor: ecrPrincipal, unrecorded: true, authorise: () => [] } as const;

/** Makes the operations. Once per process: operations are told apart by identity. */
export function createCollectionOperations({ jobs }: { readonly jobs: Jobs }): CollectionOperations {
  return {
    removeLinks: {
      ...common,
      name: "RemoveUnusedLinks",
      commit: (tx, { now }, { limit }) => removeUnusedLinks(tx, now - grace, limit),
    },
    findUploads: {
      ...common,
      name: "FindAbandonedUploads",
      read: ({ rows, now }, { limit }) => abandonedUploads(rows, now - grace, limit),
    },
    forgetUploads: {
      ...common,
      name: "ForgetUploads",
      commit: (tx, _ctx, { uploads }) => forgetUploads(tx, uploads),
    },
    findStrays: {
      ...common,
      name: "FindStrayUploads",
      read: ({ rows }, { ids }) => uploadsWithoutRow(rows, ids),
    },
    findPlaces: {
      ...common,
      name: "FindBlobPlaces",
      read: ({ rows }) => blobPlaces(rows),
    },
    findUnlinked: {
      ...common,
      name: "FindUnlinkedBlobs",
      read: ({ rows }, { place, digests }) => unlinkedAmong(rows, place, digests),
    },
    beginRemovals: {
      ...common,
      name: "BeginBlobRemovals",
      prepare: async ({ random }) => uuid(random),
      commit: (tx, { now }, { place, digests }, removal) => beginRemovals(tx, place, digests, removal, now),
    },
    takeOverRemovals: {
      ...common,
      name: "TakeOverBlobRemovals",
      commit: (tx, { now }, { place, limit }) => takeOverRemovals(tx, place, limit, now),
    },
    endRemovals: {
      ...common,
      name: "EndBlobRemovals",
      commit: (tx, { now }, { place, removals }) => endRemovals(tx, place, removals, now),
    },
    settle: {
      ...common,
      name: "SettleCollection",
      async commit(tx, { now }, { job }) {
        if (!(await jobs.finish(tx, job))) return false;
        await forgetRemovals(tx, now - remembered);
        const again = Math.min(now + collectEvery, (await nextTakeOver(tx)) ?? Number.MAX_SAFE_INTEGER);
        await tx.enqueue(collectionJob(job, again));
        return true;
      },
    },
  };
}
