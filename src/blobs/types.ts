import type { Readable } from "node:stream";
import type { Digest } from "../kernel/brand.ts";
import type { VaultKeys } from "./keystream.ts";

/** Bytes that are there, verified and synced. */
export interface StoredBlob {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

/** First and last byte, both included, as in HTTP ranges. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/** Where another server finds the bytes of a blob, just as they are. */
export type BlobPlace =
  /** A file below the store's folder: `blobs/sha256/ab/ab12…`. */
  | { readonly file: string }
  /** A URL that anybody may GET from, whole or in part, for some minutes. */
  | { readonly url: string };

/**
 * Content-addressed bytes, one copy per store. Who may see a blob is decided by rows elsewhere.
 * INVARIANT: what `finish` or `put` has returned survives a crash of machine and process.
 */
export interface BlobStore {
  /** Stores a whole stream. Throws `Fault("DIGEST_INVALID")` when `expected` is given and the bytes differ. */
  put(bytes: Readable, expected?: Digest): Promise<StoredBlob>;
  /** Begins an upload that may arrive in pieces, over many requests and after a restart. `id` is a UUID. */
  begin(id: string): Promise<void>;
  /**
   * Appends at the end. `offset` must equal what was received so far, else `Fault("RANGE_INVALID")`.
   * When the stream breaks, what arrived stays and `received` says how much. When the disk is full, nothing of it stays.
   * @returns bytes received in all.
   */
  append(id: string, offset: number, bytes: Readable): Promise<number>;
  /** Bytes received in all; `undefined` when there is no such upload. */
  received(id: string): Promise<number | undefined>;
  /**
   * Bytes of an upload, as far as they have arrived: fewer than were asked for, or none, where fewer are there.
   * Throws `Fault("BLOB_UPLOAD_UNKNOWN")`.
   */
  readPart(id: string, range: ByteRange): Promise<Readable>;
  /** Ends an upload: verifies, syncs, makes the blob visible. A wrong digest keeps the upload (`DIGEST_INVALID`). */
  finish(id: string, expected: Digest): Promise<StoredBlob>;
  /** Forgets an upload and its bytes; no error when there is none. */
  cancel(id: string): Promise<void>;
  /** Size of a blob in bytes, or `undefined`. */
  size(digest: Digest): Promise<number | undefined>;
  /** The bytes, or a part of them. Throws `Fault("BLOB_UNKNOWN")`. */
  read(digest: Digest, range?: ByteRange): Promise<Readable>;
  /** Where the bytes lie in the open; `undefined` where they are encrypted, or there is no such blob. */
  place(digest: Digest): Promise<BlobPlace | undefined>;
  /** Removes a blob; no error when it is gone. Only the collector calls it. */
  delete(digest: Digest): Promise<void>;
  /** Every blob with the time it was stored (epoch ms), for the collector. */
  list(): AsyncIterable<StoredBlob & { readonly storedAt: number }>;
  /** Every upload with the time it last changed (epoch ms, by the machine's or S3's own clock), for the collector. */
  uploads(): AsyncIterable<{ readonly id: string; readonly changedAt: number }>;
  /** Removes every blob and upload (the reset route). */
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** A store that also keeps vaults: stores within it, apart from it and from each other, whose bytes are encrypted. */
export interface BlobStorage extends BlobStore {
  /**
   * The vault of that name (letters, digits and hyphens), made when something is first put into it. Keys are not kept
   * anywhere: with other keys than those of the writing, other bytes are read. A vault that is `locked` tells and
   * removes what it has, and neither reads nor takes anything. It is closed with the storage.
   */
  vault(name: string, keys: VaultKeys | "locked"): BlobStore;
  /** Removes a vault with all it has; no error when there is none. */
  removeVault(name: string): Promise<void>;
}
