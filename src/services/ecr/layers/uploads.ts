import type { Readable } from "node:stream";
import type { BlobStore } from "../../../blobs/types.ts";
import { hour } from "../../../kernel/duration.ts";
import { Fault, isFault } from "../../../kernel/fault.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import type { RepositoryKey } from "../arn.ts";
import type { AppendUploadInput } from "../data-plane.ts";
import { uploadNotFound } from "../faults.ts";
import { columnsOf, needRepository, type Repository } from "../repositories/repository.ts";
import type { EcrTables } from "../store.ts";
import { largestLayer, partTooSmall } from "./layer-parts.ts";

/** Notes a new upload. Throws `RepositoryNotFoundException`. */
export async function insertUpload(
  tx: Tx,
  repository: RepositoryKey,
  uploadId: string,
  now: number,
): Promise<void> {
  await needRepository(tx, repository);
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
    .execute();
}

/** The repository, which has such an upload. Throws `RepositoryNotFoundException`, `UploadNotFoundException`. */
export async function needUpload(rows: Rows, key: RepositoryKey, uploadId: string): Promise<Repository> {
  const repository = await needRepository(rows, key);
  const upload = await rows
    .tables<EcrTables>()
    .selectFrom("ecr_upload")
    .select("upload_id")
    .where("upload_id", "=", uploadId)
    .where((row) => row.and(columnsOf(repository)))
    .executeTakeFirst();
  if (upload === undefined) throw uploadNotFound(repository, uploadId);
  return repository;
}

/** Keeps an upload from being collected. Writes at most once an hour: a chunk should not cost a write. */
export async function touchUpload(tx: Tx, uploadId: string, now: number): Promise<void> {
  await tx
    .tables<EcrTables>()
    .updateTable("ecr_upload")
    .set({ touched_at: now })
    .where("upload_id", "=", uploadId)
    .where("touched_at", "<", now - hour)
    .execute();
}

/** Forgets an upload's row. */
export async function deleteUpload(tx: Tx, uploadId: string): Promise<void> {
  await tx.tables<EcrTables>().deleteFrom("ecr_upload").where("upload_id", "=", uploadId).execute();
}

/** Bytes of an upload so far. Throws `UploadNotFoundException`. */
export async function receivedBytes(
  blobs: BlobStore,
  repository: RepositoryKey,
  uploadId: string,
): Promise<number> {
  const received = await blobs.received(uploadId);
  if (received === undefined) throw uploadNotFound(repository, uploadId);
  return received;
}

/**
 * Appends to an upload.
 * @returns bytes received in all.
 * @throws Fault `UploadNotFoundException`, `RANGE_INVALID`, `SIZE_INVALID`, `LayerPartTooSmallException`.
 */
export async function appendBytes(
  blobs: BlobStore,
  repository: RepositoryKey,
  { uploadId, offset, leastChunk = 0 }: Pick<AppendUploadInput, "uploadId" | "offset" | "leastChunk">,
  bytes: Readable,
): Promise<number> {
  const received = () => receivedBytes(blobs, repository, uploadId);
  const from = offset ?? (await received());
  if (from > 0 && from < leastChunk && from === (await received())) throw partTooSmall();
  try {
    const inAll = await blobs.append(uploadId, from, bytes);
    if (inAll > largestLayer)
      throw new Fault("SIZE_INVALID", `The layer is larger than ${largestLayer} bytes`);
    return inAll;
  } catch (error) {
    throw isFault(error, "BLOB_UPLOAD_UNKNOWN") ? uploadNotFound(repository, uploadId) : error;
  }
}
