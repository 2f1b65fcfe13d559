import type { StoredBlob } from "../../../blobs/types.ts";
import type { Digest } from "../../../kernel/brand.ts";
import { minute } from "../../../kernel/duration.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import type { RepositoryKey } from "../arn.ts";
import { chunks } from "../images/images.ts";
import { columnsOf, type Encryption, type Repository } from "../repositories/repository.ts";
import type { EcrTables } from "../store.ts";
import type { BlobRemovalRow, CollectionTables } from "./store.ts";

/** A store of blobs: the common one, or the vault of a repository. */
export interface BlobPlace {
  /** Of the vault; empty for the common store. */
  readonly vault: string;
  /** Whose vault it is: no other repository's links count. */
  readonly owner?: RepositoryKey;
}

/** A blob whose bytes were just written, and the last removal of it that was over before that. */
export interface WrittenBlob extends StoredBlob {
  readonly removal: string | undefined;
}

/** A removal under way: the bytes may go at any moment. */
export interface Removal {
  readonly digest: Digest;
  readonly removal: string;
}

/**
 * Writes a blob so that it can be linked: notes the last removal before the first byte is stored under its name.
 * INVARIANT: whoever writes bytes and links them later writes them through this, and `linkLayer` checks the note.
 * @throws Fault `ServiceUnavailable` while the blob is being removed, before `write` is called.
 */
export async function writeBlob(
  rows: Rows,
  repository: Pick<Repository, "encryption">,
  digest: Digest,
  write: () => Promise<StoredBlob>,
): Promise<WrittenBlob> {
  const noted = await noteRemovals(rows, repository, [digest]);
  return { ...(await write()), removal: noted.get(digest) };
}

/**
 * The last removals of blobs that are about to be written, or found in the store, and then linked: the same as
 * `writeBlob`, for many. @throws Fault `ServiceUnavailable` while one of them is being removed.
 */
export async function noteRemovals(
  rows: Rows,
  { encryption }: Pick<Repository, "encryption">,
  digests: readonly Digest[],
): Promise<ReadonlyMap<Digest, string>> {
  const noted = new Map<Digest, string>();
  for (const some of chunks(digests)) {
    const removals = await rows
      .tables<CollectionTables>()
      .selectFrom("ecr_blob_removal")
      .selectAll()
      .where("vault", "=", vaultOf(encryption))
      .where("digest", "in", some)
      .execute();
    if (removals.some(({ state }) => state === "REMOVING")) throw beingRemoved();
    for (const { digest, removal } of removals) noted.set(digest as Digest, removal);
  }
  return noted;
}

/**
 * Whether a blob may be linked now, in the transaction that links it. The collector removes no blob that has a link, so
 * one that is linked already always may; one that was written may unless it was removed since.
 * @param removal what `writeBlob` or `noteRemovals` noted; nothing for a blob that another link, read in this transaction, vouches for.
 * @throws Fault `ServiceUnavailable`: the client sends the layer again.
 */
export async function checkNotRemoved(
  tx: Tx,
  { encryption }: Pick<Repository, "encryption">,
  digest: Digest,
  removal: string | undefined,
): Promise<void> {
  const vault = vaultOf(encryption);
  const last = await tx
    .tables<CollectionTables>()
    .selectFrom("ecr_blob_removal")
    .select(["state", "removal"])
    .where("vault", "=", vault)
    .where("digest", "=", digest)
    .executeTakeFirst();
  if (last === undefined) return;
  if (last.state === "REMOVING" || last.removal !== removal) throw beingRemoved();
  await tx
    .tables<CollectionTables>()
    .deleteFrom("ecr_blob_removal")
    .where("vault", "=", vault)
    .where("digest", "=", digest)
    .execute();
}

/** Which of these blobs of a store no repository links. */
export async function unlinkedAmong(
  rows: Rows,
  { owner }: BlobPlace,
  digests: readonly Digest[],
): Promise<readonly Digest[]> {
  const linked = new Set<string>();
  for (const some of chunks(digests)) {
    const links = await rows
      .tables<EcrTables>()
      .selectFrom("ecr_layer_link")
      .select("digest")
      .distinct()
      .where("digest", "in", some)
      .where((row) => row.and(owner === undefined ? {} : columnsOf(owner)))
      .execute();
    for (const { digest } of links) linked.add(digest);
  }
  return digests.filter((digest) => !linked.has(digest));
}

/**
 * Begins to remove those of the blobs that no repository links: from now on nobody can link them.
 * @param removal a UUID that no removal has had.
 */
export async function beginRemovals(
  tx: Tx,
  place: BlobPlace,
  digests: readonly Digest[],
  removal: string,
  now: number,
): Promise<readonly Removal[]> {
  const begun: Removal[] = [];
  for (const digest of await unlinkedAmong(tx, place, digests)) {
    const row: BlobRemovalRow = { vault: place.vault, digest, removal, state: "REMOVING", changed_at: now };
    const written = await tx
      .tables<CollectionTables>()
      .insertInto("ecr_blob_removal")
      .values(row)
      .onConflict((conflict) =>
        conflict
          .columns(["vault", "digest"])
          .doUpdateSet({ removal, state: "REMOVING", changed_at: now })
          // One that is under way is somebody else's.
          .where("ecr_blob_removal.state", "=", "REMOVED"),
      )
      .returning("digest")
      .execute();
    if (written.length > 0) begun.push({ digest, removal });
  }
  return begun;
}

/**
 * After this time a removal that nobody ended is taken over. INVARIANT: far more than the time within which its
 * beginner starts its deletions (control/collector/loop.ts) and a deletion can take.
 */
const takenOverAfter = 2 * minute;

/** Takes over removals that a crash or a failing store left half done, some at a time. */
export async function takeOverRemovals(
  tx: Tx,
  { vault }: BlobPlace,
  limit: number,
  now: number,
): Promise<readonly Removal[]> {
  const tables = tx.tables<CollectionTables>();
  const left = await tables
    .selectFrom("ecr_blob_removal")
    .select(["digest", "removal"])
    .where("vault", "=", vault)
    .where("state", "=", "REMOVING")
    .where("changed_at", "<", now - takenOverAfter)
    .orderBy("changed_at")
    .limit(limit)
    .execute();
  for (const { digest, removal } of left) {
    await tables
      .updateTable("ecr_blob_removal")
      .set({ changed_at: now })
      .where("vault", "=", vault)
      .where("digest", "=", digest)
      .where("removal", "=", removal)
      .where("state", "=", "REMOVING")
      .execute();
  }
  return left.map(({ digest, removal }) => ({ digest: digest as Digest, removal }));
}

/** Notes that the bytes are gone. Nobody writes or links a blob between the beginning of its removal and this. */
export async function endRemovals(
  tx: Tx,
  { vault }: BlobPlace,
  removals: readonly Removal[],
  now: number,
): Promise<void> {
  for (const { digest, removal } of removals) {
    await tx
      .tables<CollectionTables>()
      .updateTable("ecr_blob_removal")
      .set({ state: "REMOVED", changed_at: now })
      .where("vault", "=", vault)
      .where("digest", "=", digest)
      .where("removal", "=", removal)
      .execute();
  }
}

/** When the next removal may be taken over, epoch ms; `undefined` when none is left half done. */
export async function nextTakeOver(rows: Rows): Promise<number | undefined> {
  const oldest = await rows
    .tables<CollectionTables>()
    .selectFrom("ecr_blob_removal")
    .select("changed_at")
    .where("state", "=", "REMOVING")
    .orderBy("changed_at")
    .limit(1)
    .executeTakeFirst();
  return oldest && oldest.changed_at + takenOverAfter + 1;
}

/** Forgets removals that ended before a time, which must be longer ago than any call lasts. */
export async function forgetRemovals(tx: Tx, before: number): Promise<void> {
  await tx
    .tables<CollectionTables>()
    .deleteFrom("ecr_blob_removal")
    .where("state", "=", "REMOVED")
    .where("changed_at", "<", before)
    .execute();
}

function vaultOf({ vault }: Encryption): string {
  return vault?.name ?? "";
}

/** The words are ours. */
function beingRemoved(): Fault {
  return new Fault(
    "ServiceUnavailable",
    "An unused copy of the layer is just being removed. Please try again.",
    {
      status: 503,
    },
  );
}
