import { randomUUID } from "node:crypto";
import { closeSync, createReadStream, fsyncSync, mkdirSync, open as openDescriptor, openSync } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { promisify } from "node:util";
import type { Digest } from "../kernel/brand.ts";
import type { Clock } from "../kernel/clock.ts";
import { day } from "../kernel/duration.ts";
import { blobUnknown, digestInvalid, rangeInvalid, uploadBusy, uploadUnknown } from "./faults.ts";
import { intake } from "./intake.ts";
import {
  blobFolder,
  blobPath,
  digestOfName,
  folders,
  incomingPath,
  shards,
  under,
  uploadPath,
} from "./paths.ts";
import { RunningHash, RunningHashes } from "./running-hash.ts";
import type { BlobStore, ByteRange, StoredBlob } from "./types.ts";

/** How much a download reads at once, in bytes: below it threads hand over more often than the disk reads. */
const readSize = 512 << 10;
/** After how long a stream that never became a blob is a remainder of a crash, in milliseconds. */
const abandonedAfter = day;

/**
 * Blobs as files under `root`, made when it is not there, readable only by their owner.
 * @param clock says when a blob was stored.
 */
export async function openFilesystem(root: string, clock: Clock): Promise<BlobStore> {
  makeFolders(root);
  await removeAbandoned(root);
  return new FilesystemBlobs(root, clock);
}

const openToRead = promisify(openDescriptor);

class FilesystemBlobs implements BlobStore {
  readonly #root: string;
  readonly #clock: Clock;
  readonly #hashes = new RunningHashes();
  /** Uploads that a request of this process is writing or ending. */
  readonly #busy = new Set<string>();
  /** Folders of blobs that this process knows to be there and synced, or is making. */
  readonly #folders = new Map<string, Promise<void>>();

  constructor(root: string, clock: Clock) {
    this.#root = root;
    this.#clock = clock;
  }

  async put(bytes: Readable, expected?: Digest): Promise<StoredBlob> {
    const path = under(this.#root, incomingPath(randomUUID()));
    const file = await open(path, "wx", 0o600);
    try {
      const hash = new RunningHash();
      await intake(file, bytes, 0, hash);
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
    const file = await open(under(this.#root, uploadPath(id)), "wx", 0o600);
    await file.close();
  }

  append(id: string, offset: number, bytes: Readable): Promise<number> {
    return this.#withUpload(id, async (file, size) => {
      if (offset !== size) throw rangeInvalid(size);
      const hash = this.#hashes.get(id, size);
      try {
        await intake(file, bytes, offset, hash);
      } finally {
        if (hash !== undefined && hash.size === (await file.stat()).size) this.#hashes.keep(id, hash);
      }
      const { size: received, nlink } = await file.stat();
      // Cancelled while it received.
      if (nlink === 0) throw uploadUnknown(id);
      return received;
    });
  }

  received(id: string): Promise<number | undefined> {
    return sizeOf(under(this.#root, uploadPath(id)));
  }

  async readPart(id: string, { first, last }: ByteRange): Promise<Readable> {
    const fd = await absentAs(undefined, openToRead(under(this.#root, uploadPath(id)), "r"));
    if (fd === undefined) throw uploadUnknown(id);
    return createReadStream("", { fd, start: first, end: last, highWaterMark: readSize });
  }

  finish(id: string, expected: Digest): Promise<StoredBlob> {
    return this.#withUpload(id, async (file, size, path) => {
      const hash = this.#hashes.get(id, size) ?? (await hashFile(file));
      const digest = hash.digest();
      if (digest !== expected) {
        this.#hashes.keep(id, hash);
        throw digestInvalid(expected, digest);
      }
      const blob = await this.#publish(file, path, { digest, size });
      this.#hashes.forget(id);
      return blob;
    });
  }

  async cancel(id: string): Promise<void> {
    this.#hashes.forget(id);
    await rm(under(this.#root, uploadPath(id)), { force: true });
  }

  size(digest: Digest): Promise<number | undefined> {
    return sizeOf(under(this.#root, blobPath(digest)));
  }

  async read(digest: Digest, range?: ByteRange): Promise<Readable> {
    // A plain descriptor: the stream of a `FileHandle` needs a third more time.
    const fd = await absentAs(undefined, openToRead(under(this.#root, blobPath(digest)), "r"));
    if (fd === undefined) throw blobUnknown(digest);
    return createReadStream("", { fd, start: range?.first ?? 0, end: range?.last, highWaterMark: readSize });
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
        if (found !== undefined) yield { digest, size: found.size, storedAt: Math.round(found.mtimeMs) };
      }
    }
  }

  async clear(): Promise<void> {
    this.#hashes.clear();
    for (const folder of [folders.uploads, folders.incoming, ...shards()]) {
      for (const name of await absentAs([], readdir(under(this.#root, folder)))) {
        await rm(under(this.#root, `${folder}/${name}`), { force: true, recursive: true });
      }
    }
  }

  async close(): Promise<void> {
    this.#hashes.clear();
  }

  /**
   * Settles when a folder of blobs is there and its name synced: once a process, also for a folder that is there, as a
   * crash may have come between its making and its sync. What failed is tried again by the next who asks.
   */
  #haveFolder(folder: string): Promise<void> {
    let made = this.#folders.get(folder);
    if (made === undefined) {
      made = makeFolder(this.#root, folder).catch((error: unknown) => {
        this.#folders.delete(folder);
        throw error;
      });
      this.#folders.set(folder, made);
    }
    return made;
  }

  /** Gives an upload's file to one request at a time. */
  async #withUpload<T>(
    id: string,
    work: (file: FileHandle, size: number, path: string) => Promise<T>,
  ): Promise<T> {
    const path = under(this.#root, uploadPath(id));
    if (this.#busy.has(id)) throw uploadBusy((await sizeOf(path)) ?? 0);
    this.#busy.add(id);
    try {
      const file = await absentAs(undefined, open(path, "r+"));
      if (file === undefined) throw uploadUnknown(id);
      try {
        return await work(file, (await file.stat()).size, path);
      } finally {
        await file.close();
      }
    } finally {
      this.#busy.delete(id);
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
    const folder = blobFolder(blob.digest);
    await this.#haveFolder(folder);
    await rename(path, under(this.#root, blobPath(blob.digest)));
    await syncFolder(under(this.#root, folder));
    return blob;
  }
}

/** Makes the folders that hold others and those of uploads, and syncs them. */
function makeFolders(root: string): void {
  for (const folder of [folders.uploads, folders.incoming, folders.blobs]) {
    mkdirSync(under(root, folder), { recursive: true, mode: 0o700 });
  }
  for (const folder of ["blobs", "", ".."]) {
    const handle = openSync(under(root, folder), "r");
    fsyncSync(handle);
    closeSync(handle);
  }
}

/** Makes a folder of blobs when it is not there, and syncs its name. */
async function makeFolder(root: string, folder: string): Promise<void> {
  await mkdir(under(root, folder), { recursive: true, mode: 0o700 });
  await syncFolder(under(root, folders.blobs));
}

async function removeAbandoned(root: string): Promise<void> {
  for (const name of await readdir(under(root, folders.incoming))) {
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

async function sizeOf(path: string): Promise<number | undefined> {
  return (await absentAs(undefined, stat(path)))?.size;
}

async function hashFile(file: FileHandle): Promise<RunningHash> {
  const hash = new RunningHash();
  for await (const chunk of file.createReadStream({ start: 0, autoClose: false, highWaterMark: 1 << 20 })) {
    hash.update(chunk);
  }
  return hash;
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
