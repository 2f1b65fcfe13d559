import type { Readable } from "node:stream";
import { blobUnknown } from "../../../blobs/faults.ts";
import type { BlobStore, ByteRange } from "../../../blobs/types.ts";
import type { Digest } from "../../../kernel/brand.ts";
import { fixedQuery } from "../../../store/fixed-query.ts";
import type { Queries, Rows } from "../../../store/types.ts";
import type { RepositoryKey } from "../arn.ts";
import { noteRemovals } from "../collection/removals.ts";
import type { RepositoryBlobs } from "../encryption/vault.ts";
import {
  columnsOf,
  type Encryption,
  type RepositoryColumns,
  type RepositoryDocument,
} from "../repositories/repository.ts";
import type { EcrTables } from "../store.ts";

/** A layer that may be pulled. */
export interface StoredLayer {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly mediaType: string | undefined;
  readonly encryption: Encryption;
}

const layerInRepository = fixedQuery(
  (tables: Queries<EcrTables>, given: RepositoryColumns & { readonly digest: string }) =>
    tables
      .selectFrom("ecr_layer_link")
      .innerJoin("ecr_repository", (join) =>
        join
          .onRef("ecr_repository.account", "=", "ecr_layer_link.account")
          .onRef("ecr_repository.region", "=", "ecr_layer_link.region")
          .onRef("ecr_repository.name", "=", "ecr_layer_link.repository"),
      )
      .select([
        "ecr_layer_link.size",
        "ecr_layer_link.media_type",
        "ecr_layer_link.archived",
        "ecr_repository.document",
      ])
      .where("ecr_layer_link.account", "=", given.account)
      .where("ecr_layer_link.region", "=", given.region)
      .where("ecr_layer_link.repository", "=", given.repository)
      .where("ecr_layer_link.digest", "=", given.digest),
);

/** A layer of a repository and what its bytes are encrypted with, in one query: every download begins with it. */
export async function findStoredLayer(
  rows: Rows,
  repository: RepositoryKey,
  digest: Digest,
): Promise<StoredLayer | undefined> {
  const [found] = await layerInRepository(rows, { ...columnsOf(repository), digest });
  if (found === undefined || found.archived === 1) return undefined;
  const { size, media_type, document } = found;
  return { digest, size, mediaType: media_type ?? undefined, encryption: encryptionIn(document) };
}

/** What a repository is encrypted with, by the document of its row. */
function encryptionIn(document: string): Encryption {
  return (JSON.parse(document) as RepositoryDocument).encryption;
}

/**
 * Whether the images of a repository can be read now; decides only where there is a KMS key.
 * @throws Fault `KmsException`.
 */
export async function needReadable(
  blobs: RepositoryBlobs,
  repository: RepositoryKey,
  document: string,
): Promise<void> {
  await blobs.of({ ...repository, encryption: encryptionIn(document) });
}

/**
 * Reads a layer of a repository with a KMS key; `undefined` for one in the common store.
 * @throws Fault `KmsException` before anything is read.
 */
export async function readerOf(
  blobs: RepositoryBlobs,
  repository: RepositoryKey,
  { digest, encryption }: StoredLayer,
): Promise<((range?: ByteRange) => Promise<Readable>) | undefined> {
  if (encryption.vault === undefined) return undefined;
  const store = await blobs.of({ ...repository, encryption });
  return (range) => store.read(digest, range);
}

/**
 * Takes blobs from one repository's store to another's, encrypted anew on the way, unless they are there.
 * @returns what `linkLayer` is to be told of them.
 * @throws Fault `BLOB_UNKNOWN`, `DIGEST_INVALID` when the source's bytes were altered, `ServiceUnavailable`.
 */
export async function copyBlobs(
  rows: Rows,
  from: StoreOf,
  to: StoreOf,
  digests: Iterable<Digest>,
): Promise<ReadonlyMap<Digest, string>> {
  const wanted = [...digests];
  const removals = await noteRemovals(rows, to, wanted);
  for (const digest of wanted) {
    if ((await to.blobs.size(digest)) !== undefined) continue;
    if (from.encryption.vault?.name === to.encryption.vault?.name) throw blobUnknown(digest);
    await to.blobs.put(await from.blobs.read(digest), digest);
  }
  return removals;
}

/** A repository's store, and what it is encrypted with. */
export interface StoreOf {
  readonly blobs: BlobStore;
  readonly encryption: Encryption;
}
