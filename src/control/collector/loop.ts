import { performance } from "node:perf_hooks";
import type { BlobStorage, BlobStore, StoredBlob } from "../../blobs/types.ts";
import type { Client } from "../../dispatch/context.ts";
import type { Clock } from "../../kernel/clock.ts";
import { second } from "../../kernel/duration.ts";
import { collectionQueue, grace } from "../../services/ecr/collection/garbage.ts";
import type { CollectionOperations } from "../../services/ecr/collection/operations.ts";
import type { BlobPlace, Removal } from "../../services/ecr/collection/removals.ts";
import { ecrPrincipal } from "../../services/ecr/lifecycle/jobs.ts";
import { type JobLoop, startJobLoop } from "../job-loop.ts";
import type { LoopPorts } from "../ports.ts";

/** Rows changed, or blobs removed, in one step. */
const atOnce = 50;
/** Blobs whose links are looked up in one query. */
const lookedUpAtOnce = 500;

/**
 * Within this time of a removal's beginning its deletion is started, or left to whoever takes the removal over.
 * INVARIANT: a process that was paused in between does not remove what has been written anew meanwhile.
 */
const deleteWithin = 10 * second;

/** What a collection freed. */
export interface Freed {
  readonly links: number;
  readonly uploads: number;
  readonly blobs: number;
  /** Of the blobs. */
  readonly bytes: number;
}

export interface CollectorPorts {
  /** The common store, which also opens vaults without their keys. */
  readonly blobs: BlobStore;
  readonly vaults: Pick<BlobStorage, "vault">;
  readonly collection: CollectionOperations;
  readonly clock: Clock;
  /** The machine's own, by which the store says when an upload changed. */
  readonly machineClock: Clock;
}

/**
 * Removes what nothing names any more, again and again (docs/decisions/garbage-collection.md).
 * @param onFreed hears what each collection freed.
 */
export function startCollectorLoop(
  ports: LoopPorts & CollectorPorts & { readonly onFreed?: (freed: Freed) => void },
): JobLoop {
  const stopping = new AbortController();
  const loop = startJobLoop(ports, {
    queue: collectionQueue,
    concurrency: 1,
    async work(job, lost) {
      const signal = AbortSignal.any([lost, stopping.signal]);
      const ecr = ports.clientOf(ecrPrincipal, job.account, job.region);
      const freed = await collect(ports, ecr, signal);
      ports.onFreed?.(freed);
      if (freed.links + freed.uploads + freed.blobs > 0) ports.log.info({ ...freed }, "garbage collected");
      if (!signal.aborted) await ecr.invoke(ports.collection.settle, { job });
    },
  });
  return {
    stop() {
      stopping.abort();
      return loop.stop();
    },
  };
}

/**
 * One collection: links, uploads, then blobs. Each step is safe by itself, so it may end after any of them.
 * @param ecr calls as ECR. @param signal no further step is begun once it aborts.
 */
export async function collect(ports: CollectorPorts, ecr: Client, signal: AbortSignal): Promise<Freed> {
  const links = await collectLinks(ports, ecr, signal);
  let uploads = await collectUploads(ports, ecr, signal);
  let [blobs, bytes] = [0, 0];
  for (const place of await ecr.invoke(ports.collection.findPlaces, {})) {
    const store = storeOf(ports, place.vault);
    uploads += await collectStrays(ports, store, ecr, signal);
    const freed = await new Removals(ports, place, store, ecr, signal).collect();
    blobs += freed.blobs;
    bytes += freed.bytes;
  }
  return { links, uploads, blobs, bytes };
}

/** What is removed need not be readable. */
function storeOf({ blobs, vaults }: CollectorPorts, vault: string): BlobStore {
  return vault === "" ? blobs : vaults.vault(vault, "locked");
}

async function collectLinks(
  { collection }: CollectorPorts,
  ecr: Client,
  signal: AbortSignal,
): Promise<number> {
  let removed = 0;
  for (let some = atOnce; some === atOnce && !signal.aborted; removed += some) {
    some = await ecr.invoke(collection.removeLinks, { limit: atOnce });
  }
  return removed;
}

/** Bytes first: what a crash leaves is a row of an upload without bytes, which the next collection finds. */
async function collectUploads(ports: CollectorPorts, ecr: Client, signal: AbortSignal): Promise<number> {
  const { collection } = ports;
  let removed = 0;
  for (let some = atOnce; some === atOnce && !signal.aborted; removed += some) {
    const uploads = await ecr.invoke(collection.findUploads, { limit: atOnce });
    for (const { upload_id, vault } of uploads) await storeOf(ports, vault).cancel(upload_id);
    if (uploads.length > 0) await ecr.invoke(collection.forgetUploads, { uploads });
    some = uploads.length;
  }
  return removed;
}

/** Uploads that were begun in the store, and whose row a crash or a refusal kept from being written. */
async function collectStrays(
  { collection, machineClock }: CollectorPorts,
  store: BlobStore,
  ecr: Client,
  signal: AbortSignal,
): Promise<number> {
  let removed = 0;
  const before = machineClock.now() - grace;
  const old = filter(store.uploads(), ({ changedAt }) => changedAt < before);
  for await (const some of inGroups(old, lookedUpAtOnce)) {
    if (signal.aborted) break;
    const strays = await ecr.invoke(collection.findStrays, { ids: some.map(({ id }) => id) });
    for (const id of strays) await store.cancel(id);
    removed += strays.length;
  }
  return removed;
}

/** The removals of one collection in one store. */
class Removals {
  readonly #ports: CollectorPorts;
  readonly #place: BlobPlace;
  readonly #store: BlobStore;
  readonly #ecr: Client;
  readonly #signal: AbortSignal;
  #blobs = 0;
  #bytes = 0;

  constructor(ports: CollectorPorts, place: BlobPlace, store: BlobStore, ecr: Client, signal: AbortSignal) {
    this.#ports = ports;
    this.#place = place;
    this.#store = store;
    this.#ecr = ecr;
    this.#signal = signal;
  }

  async collect(): Promise<{ readonly blobs: number; readonly bytes: number }> {
    await this.#takeOver();
    const before = this.#ports.clock.now() - grace;
    const old = filter(this.#store.list(), ({ storedAt }) => storedAt < before);
    for await (const some of inGroups(old, lookedUpAtOnce)) {
      if (this.#signal.aborted) break;
      await this.#collectAmong(some);
    }
    return { blobs: this.#blobs, bytes: this.#bytes };
  }

  /** Goes on with what was left half done. */
  async #takeOver(): Promise<void> {
    for (let some = atOnce; some === atOnce && !this.#signal.aborted; ) {
      const began = performance.now();
      const { takeOverRemovals } = this.#ports.collection;
      const left = await this.#ecr.invoke(takeOverRemovals, { place: this.#place, limit: atOnce });
      await this.#remove(left, began);
      some = left.length;
    }
  }

  async #collectAmong(blobs: readonly StoredBlob[]): Promise<void> {
    const { collection } = this.#ports;
    const sizes = new Map(blobs.map(({ digest, size }) => [digest, size]));
    const place = this.#place;
    const unlinked = await this.#ecr.invoke(collection.findUnlinked, { place, digests: [...sizes.keys()] });
    for (let from = 0; from < unlinked.length && !this.#signal.aborted; from += atOnce) {
      const began = performance.now();
      const digests = unlinked.slice(from, from + atOnce);
      const removals = await this.#ecr.invoke(collection.beginRemovals, { place, digests });
      for (const { digest } of await this.#remove(removals, began)) this.#bytes += sizes.get(digest) ?? 0;
    }
  }

  /**
   * Removes the bytes of removals that began at `began` (ms, monotonic).
   * @returns those whose bytes are gone.
   */
  async #remove(removals: readonly Removal[], began: number): Promise<readonly Removal[]> {
    const gone: Removal[] = [];
    try {
      for (const removal of removals) {
        if (this.#signal.aborted || performance.now() - began > deleteWithin) break;
        await this.#store.delete(removal.digest);
        gone.push(removal);
      }
    } finally {
      if (gone.length > 0) {
        await this.#ecr.invoke(this.#ports.collection.endRemovals, { place: this.#place, removals: gone });
      }
    }
    this.#blobs += gone.length;
    return gone;
  }
}

async function* filter<Item>(
  items: AsyncIterable<Item>,
  wanted: (item: Item) => boolean,
): AsyncGenerator<Item> {
  for await (const item of items) if (wanted(item)) yield item;
}

async function* inGroups<Item>(items: AsyncIterable<Item>, size: number): AsyncGenerator<readonly Item[]> {
  let group: Item[] = [];
  for await (const item of items) {
    group.push(item);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}
