import { createHash, type Hash } from "node:crypto";
import type { Digest } from "../kernel/brand.ts";
import { type DigestAlgorithm, hexDigest } from "../kernel/digest.ts";

/** The hash of bytes that are still coming, and how many there were. */
export class RunningHash {
  readonly algorithm: DigestAlgorithm;
  readonly #hash: Hash;
  #size = 0;

  constructor(algorithm: DigestAlgorithm = "sha256") {
    this.algorithm = algorithm;
    this.#hash = createHash(algorithm);
  }

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
    return hexDigest(this.algorithm, this.#hash.copy().digest("hex"));
  }
}

/** How many uploads keep their hash in memory; others are read again when they end. */
const kept = 1000;

/** The running hashes of uploads between two requests. */
export class RunningHashes {
  readonly #hashes = new Map<string, RunningHash>();

  /**
   * The hash of the first `size` bytes of an upload, or `undefined` when it is not known here. Until an upload ends
   * nobody says by which algorithm its digest will be: they run by the one that nearly all have, SHA-256.
   */
  get(id: string, size: number, algorithm?: DigestAlgorithm): RunningHash | undefined {
    if (size === 0) return new RunningHash(algorithm);
    const hash = this.#hashes.get(id);
    // Another process may have continued the upload meanwhile.
    if (hash?.size !== size) return undefined;
    return algorithm === undefined || hash.algorithm === algorithm ? hash : undefined;
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
