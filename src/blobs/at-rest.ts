import type { Readable } from "node:stream";
import type { Digest } from "../kernel/brand.ts";
import { isFault } from "../kernel/fault.ts";
import type { VaultKeys } from "./keystream.ts";
import type { BlobPlace, BlobStorage, BlobStore, ByteRange, StoredBlob } from "./types.ts";

/** The vault of what has no KMS key. No repository's vault is named so: those are UUIDs. */
const commonVault = "common";

/** How a storage keeps the blobs that belong to no vault. */
export interface EncryptionAtRest {
  /** 32 bytes, the same for every process that shares the storage. */
  readonly key: Buffer;
  /** How new blobs are written. What lies there in the other way stays readable. */
  readonly writes: "encrypted" | "plain";
}

/**
 * How common blobs are kept under the key file of a data folder.
 * @param setting `blobEncryption`.
 */
export function encryptionAtRest(
  setting: "on" | "off",
  keyFile: { key(purpose: string): Buffer },
): EncryptionAtRest {
  return { key: keyFile.key("blobs at rest"), writes: setting === "on" ? "encrypted" : "plain" };
}

/**
 * A storage whose common blobs lie in two layouts side by side: as they came, and encrypted in a vault of their own
 * (docs/decisions/encryption-at-rest.md).
 */
export function atRest(storage: BlobStorage, encryption: EncryptionAtRest): BlobStorage {
  return new TwoLayouts(storage, encryption);
}

/** What became of a blob that lay in the open. */
export interface Enclosed extends StoredBlob {
  /** `damaged`: its bytes are not those of its name, so it was left as it is. `gone`: somebody removed it meanwhile. */
  readonly outcome: "encrypted" | "damaged" | "gone";
}

/**
 * Encrypts what lies in the open, blob by blob, while others read, push and collect. Each is in the open until its
 * encrypted copy is verified and synced, so that nothing is lost when it ends in the middle; whoever begins again finds
 * what is left.
 * @param storage itself, not the one of two layouts. Whoever else writes to it shall encrypt too, or there will be more.
 */
export async function* encloseStored(storage: BlobStorage, key: Buffer): AsyncGenerator<Enclosed> {
  const layouts = atRest(storage, { key, writes: "encrypted" });
  for await (const { digest, size } of storage.list()) {
    yield { digest, size, outcome: await enclose(storage, layouts, digest) };
  }
}

/** An encrypted copy that is there already may be of another key file: it is written again. */
async function enclose(plain: BlobStore, layouts: BlobStore, digest: Digest): Promise<Enclosed["outcome"]> {
  let bytes: Readable | undefined;
  try {
    bytes = await plain.read(digest);
    await layouts.put(bytes, digest);
    return "encrypted";
  } catch (error) {
    if (isFault(error, "BLOB_UNKNOWN")) return "gone";
    if (isFault(error, "DIGEST_INVALID")) return "damaged";
    throw error;
  } finally {
    bytes?.destroy();
  }
}

class TwoLayouts implements BlobStorage {
  readonly #storage: BlobStorage;
  readonly #plain: BlobStore;
  readonly #encrypts: boolean;
  /** Where new bytes go, and where older ones may be. */
  readonly #written: BlobStore;
  readonly #other: BlobStore;

  constructor(storage: BlobStorage, { key, writes }: EncryptionAtRest) {
    const encrypted = storage.vault(commonVault, [key]);
    this.#storage = storage;
    this.#plain = storage;
    this.#encrypts = writes === "encrypted";
    [this.#written, this.#other] = this.#encrypts ? [encrypted, storage] : [storage, encrypted];
  }

  async put(bytes: Readable, expected?: Digest): Promise<StoredBlob> {
    return await this.#settled(await this.#written.put(bytes, expected));
  }

  begin(id: string): Promise<void> {
    return this.#written.begin(id);
  }

  append(id: string, offset: number, bytes: Readable): Promise<number> {
    return this.#holding("BLOB_UPLOAD_UNKNOWN", (store) => store.append(id, offset, bytes));
  }

  async received(id: string): Promise<number | undefined> {
    return (await this.#written.received(id)) ?? (await this.#other.received(id));
  }

  readPart(id: string, range: ByteRange): Promise<Readable> {
    return this.#holding("BLOB_UPLOAD_UNKNOWN", (store) => store.readPart(id, range));
  }

  async finish(id: string, expected: Digest): Promise<StoredBlob> {
    const finish = (store: BlobStore) => store.finish(id, expected);
    return await this.#settled(await this.#holding("BLOB_UPLOAD_UNKNOWN", finish));
  }

  async cancel(id: string): Promise<void> {
    await this.#written.cancel(id);
    await this.#other.cancel(id);
  }

  async size(digest: Digest): Promise<number | undefined> {
    for (const store of this.#places()) {
      const size = await store.size(digest);
      if (size !== undefined) return size;
    }
    return undefined;
  }

  async read(digest: Digest, range?: ByteRange): Promise<Readable> {
    return await this.#holding("BLOB_UNKNOWN", (store) => store.read(digest, range));
  }

  async place(digest: Digest): Promise<BlobPlace | undefined> {
    return await this.#plain.place(digest);
  }

  async delete(digest: Digest): Promise<void> {
    await this.#written.delete(digest);
    await this.#other.delete(digest);
  }

  async *list(): AsyncIterable<StoredBlob & { readonly storedAt: number }> {
    yield* this.#written.list();
    for await (const blob of this.#other.list()) {
      // It was told already, with the time of its last writing.
      if ((await this.#written.size(blob.digest)) === undefined) yield blob;
    }
  }

  async *uploads(): AsyncIterable<{ readonly id: string; readonly changedAt: number }> {
    yield* this.#written.uploads();
    yield* this.#other.uploads();
  }

  clear(): Promise<void> {
    return this.#storage.clear();
  }

  close(): Promise<void> {
    return this.#storage.close();
  }

  vault(name: string, keys: VaultKeys | "locked"): BlobStore {
    return this.#storage.vault(name, keys);
  }

  removeVault(name: string): Promise<void> {
    return this.#storage.removeVault(name);
  }

  /** Where a blob may be, in the order of looking. One moves only from the open to the encrypted: hence the last look. */
  #places(): readonly BlobStore[] {
    return this.#encrypts ? [this.#written, this.#other, this.#written] : [this.#written, this.#other];
  }

  /** The answer of the first store that does not refuse with that code: it has what is asked for. */
  async #holding<T>(absent: string, ask: (store: BlobStore) => Promise<T>): Promise<T> {
    let refusal: unknown;
    for (const store of this.#places()) {
      try {
        return await ask(store);
      } catch (error) {
        if (!isFault(error, absent)) throw error;
        refusal = error;
      }
    }
    throw refusal;
  }

  /**
   * Takes away the plain copy of what was just encrypted.
   * INVARIANT: no process takes away an encrypted copy for a plain one, so that of two which write one blob in both
   * ways at the same time, neither removes the last.
   */
  async #settled(blob: StoredBlob): Promise<StoredBlob> {
    if (!this.#encrypts || (await this.#plain.size(blob.digest)) === undefined) return blob;
    if ((await this.#written.size(blob.digest)) !== undefined) await this.#plain.delete(blob.digest);
    return blob;
  }
}
