import { createHash } from "node:crypto";
import type { Digest } from "../kernel/brand.ts";
import { sha256Digest } from "../kernel/digest.ts";

/** The SHA-256 of bytes that are still coming, and how many there were. */
export class RunningHash {
  readonly #hash = createHash("sha256");
  #size = 0;

  /** Bytes hashed so far. */
  get size(): number {
    return this.#size;
  }

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#size += bytes.length;
  }

  /** The digest of what came so far; more may come. */
  digest(): Digest {
    return sha256Digest(this.#hash.copy().digest("hex"));
  }
}

/** How many uploads keep their hash in memory; others are read again when they end. */
const kept = 1000;

/** The running hashes of uploads between two requests. */
export class RunningHashes {
  readonly #hashes = new Map<string, RunningHash>();

  /** The hash of the first `size` bytes of an upload, or `undefined` when it is not known here. */
  get(id: string, size: number): RunningHash | undefined {
    if (size === 0) return new RunningHash();
    const hash = this.#hashes.get(id);
    // Another process may have continued the upload meanwhile.
    return hash?.size === size ? hash : undefined;
  }

  keep(id: string, hash: RunningHash): void {
    this.#hashes.delete(id);
    this.#hashes.set(id, hash);
    if (this.#hashes.size <= kept) return;
    for (const oldest of this.#hashes.keys()) {
      this.#hashes.delete(oldest);
      return;
    }
  }

  forget(id: string): void {
    this.#hashes.delete(id);
  }

  clear(): void {
    this.#hashes.clear();
  }
}
