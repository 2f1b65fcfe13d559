import type { FileHandle } from "node:fs/promises";
import type { Readable } from "node:stream";
import { discard, type Keystream } from "./keystream.ts";
import type { RunningHash } from "./running-hash.ts";

/** What is gathered before it is written: bytes, or chunks when they are small (each costs memory of its own). */
const batchSize = 1 << 20;
const batchChunks = 1024;
/** Bytes that may wait while a write is under way. */
const heldSize = 8 << 20;
/** Bytes after which the disk is asked to begin, so that the last sync finds little to do. */
const writeBackEvery = 32 << 20;

/** What is asked of a file. */
export type IntakeFile = Pick<FileHandle, "writev" | "datasync">;

/**
 * Writes a stream to a file from `offset` on, hashing each chunk as it comes and then encrypting it where there is a
 * keystream, while the disk writes behind.
 * Some `heldSize` bytes are in memory at most, whatever the size of the stream.
 *
 * When the stream breaks, what arrived is written before its error is thrown. When a write fails, fewer bytes may be
 * in the file than were hashed. The stream is not destroyed on failure: its giver may still want to answer.
 */
export async function intake(
  file: IntakeFile,
  bytes: Readable,
  offset: number,
  hash: RunningHash | undefined,
  keystream?: Keystream,
): Promise<void> {
  const tail = new FileTail(file, offset, keystream === undefined ? () => undefined : discard);
  try {
    for await (const chunk of bytes.iterator({ destroyOnReturn: false })) {
      const piece: Buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk);
      hash?.update(piece);
      const room = tail.add(keystream?.apply(piece) ?? piece);
      if (room !== undefined) await room;
    }
  } finally {
    await tail.end();
  }
}

/** The growing end of a file: one write at a time, in order, and the next gathered meanwhile. */
class FileTail {
  readonly #file: IntakeFile;
  #at: number;
  #batch: Buffer[] = [];
  #batchBytes = 0;
  #writing: Promise<void> | undefined;
  #syncing: Promise<void> | undefined;
  #syncedTo: number;
  #failure: { readonly error: unknown } | undefined;
  readonly #release: (written: Buffer) => void;

  /** @param release takes back what was written and is not needed any more. */
  constructor(file: IntakeFile, offset: number, release: (written: Buffer) => void) {
    this.#file = file;
    this.#at = offset;
    this.#release = release;
    this.#syncedTo = offset;
  }

  /** Takes a chunk; a promise when the giver must wait. Throws when a write before failed. */
  add(chunk: Buffer): Promise<void> | undefined {
    this.#throwFailure();
    this.#batch.push(chunk);
    this.#batchBytes += chunk.length;
    const full = this.#batchBytes >= batchSize || this.#batch.length >= batchChunks;
    if (full && this.#writing === undefined) this.#startWrite();
    const tooMuch = this.#batchBytes >= heldSize || this.#batch.length >= batchChunks;
    return tooMuch ? this.#writing : undefined;
  }

  /** Writes what is left. Throws when a write failed. */
  async end(): Promise<void> {
    for (;;) {
      await this.#writing;
      if (this.#writing !== undefined) continue;
      if (this.#batch.length === 0 || this.#failure !== undefined) break;
      this.#startWrite();
    }
    await this.#syncing;
    this.#throwFailure();
  }

  #startWrite(): void {
    const batch = this.#batch;
    this.#batch = [];
    this.#batchBytes = 0;
    this.#writing = this.#write(batch)
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#writing = undefined;
        // A stream that stalls leaves no more in memory than it would have without a slow disk.
        if (this.#batchBytes >= batchSize && this.#failure === undefined) this.#startWrite();
      });
  }

  async #write(batch: readonly Buffer[]): Promise<void> {
    // The system may take fewer bytes than it was given.
    for (let left = batch; left.length > 0; ) {
      const { bytesWritten } = await this.#file.writev(left, this.#at);
      this.#at += bytesWritten;
      left = withoutFirst(left, bytesWritten);
    }
    batch.forEach(this.#release);
    if (this.#syncing === undefined && this.#at - this.#syncedTo >= writeBackEvery) this.#startSync();
  }

  /** INVARIANT: a failure is kept; the system tells of it once per open file, and not again at the last sync. */
  #startSync(): void {
    this.#syncedTo = this.#at;
    this.#syncing = this.#file
      .datasync()
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#syncing = undefined;
      });
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}

/** The buffers without their first `count` bytes. */
function withoutFirst(buffers: readonly Buffer[], count: number): readonly Buffer[] {
  let rest = count;
  for (const [index, buffer] of buffers.entries()) {
    if (rest < buffer.length) return [buffer.subarray(rest), ...buffers.slice(index + 1)];
    rest -= buffer.length;
  }
  return [];
}
