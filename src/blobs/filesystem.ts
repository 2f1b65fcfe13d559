import { randomUUID } from "node:crypto";
import { close as closeDescriptor, open as openDescriptor, read as readDescriptor } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { promisify } from "node:util";
import type { Digest } from "../kernel/brand.ts";
import type { Clock } from "../kernel/clock.ts";
import { algorithmOf, type DigestAlgorithm } from "../kernel/digest.ts";
import { day } from "../kernel/duration.ts";
import { blobUnknown, digestInvalid, rangeInvalid, uploadBusy, uploadUnknown } from "./faults.ts";
import { intake } from "./intake.ts";
import { Keystream, newSalt, saltSize, type VaultKeys } from "./keystream.ts";
import {
  algorithmFolder,
  algorithmFolders,
  blobFolder,
  blobPath,
  digestOfName,
  folders,
  incomingPath,
  isUploadId,
  shards,
  under,
  uploadPath,
  vaultPath,
} from "./paths.ts";
import { RunningHash, RunningHashes } from "./running-hash.ts";
import { readFile } from "./send.ts";
import type { BlobPlace, BlobStorage, BlobStore, ByteRange, StoredBlob } from "./types.ts";

/** After how long a stream that never became a blob is a remainder of a crash, in milliseconds. */
const abandonedAfter = day;

/** What the file of an encrypted blob begins with; a salt of 48 bytes follows, and then the ciphertext. */
const magic = Buffer.from("roadstead blob 1");
const headSize = magic.length + saltSize;

/**
 * Blobs as files under `root`, made when it is not there, readable only by their owner.
 * @param clock says when a blob was stored.
 */
export async function openFilesystem(root: string, clock: Clock): Promise<BlobStorage> {
  await makeRoot(root);
  await removeAbandoned(root);
  for (const name of await absentAs([], readdir(under(root, folders.vaults)))) {
    await removeAbandoned(under(root, vaultPath(name)));
  }
  return new FilesystemStorage(root, clock);
}

/** What of the storage gets a new name when a vault is made. */
const vaultParents = ["..", "../.."];

const openToRead = promisify(openDescriptor);
const readAt = promisify(readDescriptor);
const close = promisify(closeDescriptor);

/** What this process knows of the files, of all vaults together: ids and paths tell them apart. */
class Knowledge {
  readonly hashes = new RunningHashes();
  /** Uploads that a request of this process is writing or ending. */
  readonly busy = new Set<string>();
  /** Folders that this process knows to be there and synced, or is making, by their paths. */
  readonly folders = new Map<string, Promise<void>>();

  /**
   * Settles when a folder is there and its name synced: once a process, also for a folder that is there, as a crash may
   * have come between its making and its sync. What failed is tried again by the next who asks.
   */
  haveFolder(path: string, make: () => Promise<void>): Promise<void> {
    let made = this.folders.get(path);
    if (made === undefined) {
      made = make().catch((error: unknown) => {
        this.folders.delete(path);
        throw error;
      });
      this.folders.set(path, made);
    }
    return made;
  }
}

class FilesystemBlobs implements BlobStore {
  readonly #root: string;
  readonly #clock: Clock;
  readonly #known: Knowledge;
  readonly #keys: VaultKeys | "locked" | undefined;
  /** Bytes of a file before those of the blob. */
  readonly #head: number;

  constructor(root: string, clock: Clock, known: Knowledge, keys?: VaultKeys | "locked") {
    this.#root = root;
    this.#clock = clock;
    this.#known = known;
    this.#keys = keys;
    this.#head = keys === undefined ? 0 : headSize;
  }

  async put(bytes: Readable, expected?: Digest): Promise<StoredBlob> {
    await this.#haveRoot();
    const path = under(this.#root, incomingPath(randomUUID()));
    const file = await open(path, "wx", 0o600);
    try {
      const hash = new RunningHash(expected && algorithmOf(expected));
      await intake(file, bytes, this.#head, hash, await this.#writeHead(file));
      const digest = hash.digest();
      if (expected !== undefined && digest !== expected) throw digestInvalid(expected, digest);
      return await this.#publish(file, path, { digest, size: hash.size });
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    } finally {
      await file.close();
    }
  }

  async begin(id: string): Promise<void> {
    const path = under(this.#root, uploadPath(id));
    await this.#haveRoot();
    const file = await open(path, "wx", 0o600);
    try {
      await this.#writeHead(file);
    } finally {
      await file.close();
    }
  }

  append(id: string, offset: number, bytes: Readable): Promise<number> {
    return this.#withUpload(id, async (file, size) => {
      if (offset !== size) throw rangeInvalid(size);
      const hash = this.#known.hashes.get(id, size);
      const keystream = await this.#keystream(file.fd, offset);
      try {
        await intake(file, bytes, this.#head + offset, hash, keystream);
      } catch (error) {
        // Else what did not fit would keep the disk full until the collector comes.
        if (isDiskFull(error)) await file.truncate(this.#head + offset);
        throw error;
      } finally {
        if (hash !== undefined && hash.size === (await file.stat()).size - this.#head) {
          this.#known.hashes.keep(id, hash);
        }
      }
      const { size: written, nlink } = await file.stat();
      // Cancelled while it received.
      if (nlink === 0) throw uploadUnknown(id);
      return written - this.#head;
    });
  }

  received(id: string): Promise<number | undefined> {
    return this.#sizeOf(uploadPath(id));
  }

  async readPart(id: string, range: ByteRange): Promise<Readable> {
    const stream = await this.#read(uploadPath(id), range);
    if (stream === undefined) throw uploadUnknown(id);
    return stream;
  }

  finish(id: string, expected: Digest): Promise<StoredBlob> {
    return this.#withUpload(id, async (file, size, path) => {
      const algorithm = algorithmOf(expected);
      const hash = this.#known.hashes.get(id, size, algorithm) ?? (await this.#hashFile(file, algorithm));
      const digest = hash.digest();
      if (digest !== expected) {
        this.#known.hashes.keep(id, hash);
        throw digestInvalid(expected, digest);
      }
      const blob = await this.#publish(file, path, { digest, size });
      this.#known.hashes.forget(id);
      return blob;
    });
  }

  async cancel(id: string): Promise<void> {
    this.#known.hashes.forget(id);
    await rm(under(this.#root, uploadPath(id)), { force: true });
  }

  size(digest: Digest): Promise<number | undefined> {
    return this.#sizeOf(blobPath(digest));
  }

  async read(digest: Digest, range?: ByteRange): Promise<Readable> {
    const stream = await this.#read(blobPath(digest), range);
    if (stream === undefined) throw blobUnknown(digest);
    return stream;
  }

  async place(digest: Digest): Promise<BlobPlace | undefined> {
    if (this.#keys !== undefined || (await this.size(digest)) === undefined) return undefined;
    return { file: blobPath(digest) };
  }

  async delete(digest: Digest): Promise<void> {
    await rm(under(this.#root, blobPath(digest)), { force: true });
  }

  async *list(): AsyncIterable<StoredBlob & { readonly storedAt: number }> {
    for (const shard of shards()) {
      for (const name of await absentAs([], readdir(under(this.#root, shard)))) {
        const digest = digestOfName(name);
        if (digest === undefined) continue;
        const found = await absentAs(undefined, stat(under(this.#root, blobPath(digest))));
        if (found === undefined) continue;
        yield { digest, size: found.size - this.#head, storedAt: Math.round(found.mtimeMs) };
      }
    }
  }

  async *uploads(): AsyncIterable<{ readonly id: string; readonly changedAt: number }> {
    for (const id of await absentAs([], readdir(under(this.#root, folders.uploads)))) {
      if (!isUploadId(id)) continue;
      const found = await absentAs(undefined, stat(under(this.#root, uploadPath(id))));
      if (found !== undefined) yield { id, changedAt: Math.round(found.mtimeMs) };
    }
  }

  async clear(): Promise<void> {
    this.#known.hashes.clear();
    for (const folder of [folders.uploads, folders.incoming, ...shards()]) {
      for (const name of await absentAs([], readdir(under(this.#root, folder)))) {
        await rm(under(this.#root, `${folder}/${name}`), { force: true, recursive: true });
      }
    }
  }

  async close(): Promise<void> {
    this.#known.hashes.clear();
  }

  /** The storage's own is made when it is opened. */
  async #haveRoot(): Promise<void> {
    if (this.#keys === undefined) return;
    await this.#known.haveFolder(this.#root, () => makeRoot(this.#root, vaultParents));
  }

  /** Gives an upload's file, and the bytes that were received, to one request at a time. */
  async #withUpload<T>(
    id: string,
    work: (file: FileHandle, size: number, path: string) => Promise<T>,
  ): Promise<T> {
    const path = under(this.#root, uploadPath(id));
    const { busy } = this.#known;
    if (busy.has(id)) throw uploadBusy((await this.received(id)) ?? 0);
    busy.add(id);
    try {
      const file = await absentAs(undefined, open(path, "r+"));
      if (file === undefined) throw uploadUnknown(id);
      try {
        const size = (await file.stat()).size - this.#head;
        // A crash came before its head was written: nobody was told that it had begun.
        if (size < 0) throw uploadUnknown(id);
        return await work(file, size, path);
      } finally {
        await file.close();
      }
    } finally {
      busy.delete(id);
    }
  }

  /**
   * Makes a verified file a blob.
   * INVARIANT: its bytes are on the disk before its name is, and its name is before anybody hears of it. A blob that
   * was there is replaced by itself, which renews the time the collector goes by.
   */
  async #publish(file: FileHandle, path: string, blob: StoredBlob): Promise<StoredBlob> {
    const storedAt = new Date(this.#clock.now());
    await file.utimes(storedAt, storedAt);
    await file.sync();
    const folder = under(this.#root, blobFolder(blob.digest));
    const parent = under(this.#root, algorithmFolder(blob.digest));
    await this.#known.haveFolder(folder, () => makeFolder(folder, parent));
    await rename(path, under(this.#root, blobPath(blob.digest)));
    await syncFolder(folder);
    return blob;
  }

  async #sizeOf(path: string): Promise<number | undefined> {
    const found = await absentAs(undefined, stat(under(this.#root, path)));
    return found === undefined || found.size < this.#head ? undefined : found.size - this.#head;
  }

  /** A file's bytes in the open; `undefined` when it is not there. */
  async #read(path: string, range: ByteRange | undefined): Promise<Readable | undefined> {
    const fd = await absentAs(undefined, openToRead(under(this.#root, path), "r"));
    if (fd === undefined) return undefined;
    const { first, last = Number.POSITIVE_INFINITY } = range ?? { first: 0 };
    let keystream: Keystream | undefined;
    try {
      keystream = await this.#keystream(fd, first);
    } catch (error) {
      await close(fd);
      throw error;
    }
    const [start, end] = [this.#head + first, this.#head + last];
    return readFile({ fd, start, end, keystream });
  }

  /** Begins the file of an encrypted blob; nothing to do for one in the open. */
  async #writeHead(file: FileHandle): Promise<Keystream | undefined> {
    if (this.#keys === undefined) return undefined;
    const salt = newSalt();
    const keystream = new Keystream(unlocked(this.#keys), salt, 0);
    await file.write(Buffer.concat([magic, salt]), 0, headSize, 0);
    return keystream;
  }

  /** The keystream of a file from an offset of the blob on; `undefined` for one in the open. */
  async #keystream(fd: number, offset: number): Promise<Keystream | undefined> {
    if (this.#keys === undefined) return undefined;
    const keys = unlocked(this.#keys);
    const { bytesRead, buffer } = await readAt(fd, Buffer.alloc(headSize), 0, headSize, 0);
    if (bytesRead < headSize || !buffer.subarray(0, magic.length).equals(magic)) {
      throw new Error("the file of an encrypted blob does not begin as it should");
    }
    return new Keystream(keys, buffer.subarray(magic.length), offset);
  }

  async #hashFile(file: FileHandle, algorithm: DigestAlgorithm): Promise<RunningHash> {
    const hash = new RunningHash(algorithm);
    const keystream = await this.#keystream(file.fd, 0);
    const options = { start: this.#head, autoClose: false, highWaterMark: 1 << 20 };
    for await (const chunk of file.createReadStream(options)) {
      keystream?.applyInPlace(chunk);
      hash.update(chunk);
    }
    return hash;
  }
}

class FilesystemStorage extends FilesystemBlobs implements BlobStorage {
  readonly #root: string;
  readonly #clock: Clock;
  readonly #known: Knowledge;

  constructor(root: string, clock: Clock) {
    const known = new Knowledge();
    super(root, clock, known);
    this.#root = root;
    this.#clock = clock;
    this.#known = known;
  }

  vault(name: string, keys: VaultKeys | "locked"): BlobStore {
    return new FilesystemBlobs(under(this.#root, vaultPath(name)), this.#clock, this.#known, keys);
  }

  async removeVault(name: string): Promise<void> {
    await rm(under(this.#root, vaultPath(name)), { recursive: true, force: true });
    this.#known.folders.clear();
  }

  override async clear(): Promise<void> {
    await super.clear();
    await rm(under(this.#root, folders.vaults), { recursive: true, force: true });
    this.#known.folders.clear();
  }
}

function unlocked(keys: VaultKeys | "locked"): VaultKeys {
  if (keys === "locked") throw new Error("the vault is locked");
  return keys;
}

/** Makes the folders that hold others and those of uploads, and syncs them and the names of the root's parents. */
async function makeRoot(root: string, parents: readonly string[] = [".."]): Promise<void> {
  for (const folder of [folders.uploads, folders.incoming, ...algorithmFolders]) {
    await mkdir(under(root, folder), { recursive: true, mode: 0o700 });
  }
  for (const folder of [folders.blobs, "", ...parents]) await syncFolder(under(root, folder));
}

/** Makes a folder of blobs when it is not there, and syncs its name in its parent. */
async function makeFolder(path: string, parent: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await syncFolder(parent);
}

async function removeAbandoned(root: string): Promise<void> {
  for (const name of await absentAs([], readdir(under(root, folders.incoming)))) {
    const path = under(root, `${folders.incoming}/${name}`);
    const found = await absentAs(undefined, stat(path));
    // The machine's own time: another process may be writing the file right now, whatever a moved clock says.
    if (found !== undefined && Date.now() - found.mtimeMs > abandonedAfter) await rm(path, { force: true });
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT");
}

/** The other value when the file is not there. */
async function absentAs<T, Other>(other: Other, found: Promise<T>): Promise<T | Other> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return other;
    throw error;
  }
}
