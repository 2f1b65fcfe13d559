import { type Cipher, createCipheriv, hkdfSync, randomBytes } from "node:crypto";
import { pipeline, type Readable, Transform } from "node:stream";
import { MessageChannel } from "node:worker_threads";

/** Bytes of the salt from which each blob gets keys of its own. */
export const saltSize = 48;
const keySize = 32;
/** Bytes of a block of AES. */
const blockSize = 16;
/** How much is read ahead of a download, in bytes. */
const readAhead = 512 << 10;
/** How much is encrypted or decrypted at once, in bytes: what the nearer caches hold. */
const pieceSize = 128 << 10;

/** 32 bytes each; a blob is encrypted with the first, the result with the second, and so on. */
export type VaultKeys = readonly [Buffer, ...Buffer[]];

/** The salt of a new blob. */
export function newSalt(): Buffer {
  return randomBytes(saltSize);
}

/**
 * The bytes with which a blob is encrypted: AES-256 in counter mode under keys that are derived for this blob alone
 * (HKDF-SHA-256, RFC 5869), from any offset on. The same keystream decrypts. It does not detect altered bytes: a blob's
 * digest does.
 * INVARIANT: no two blobs have a salt in common, so no keystream is used for two.
 */
export class Keystream {
  readonly #ciphers: readonly [Cipher, ...Cipher[]];

  constructor(keys: VaultKeys, salt: Buffer, offset: number) {
    const counter = Buffer.alloc(blockSize);
    counter.writeBigUInt64BE(BigInt(Math.floor(offset / blockSize)), blockSize - 8);
    const cipherOf = (key: Buffer): Cipher => {
      const own = Buffer.from(hkdfSync("sha256", key, salt, "roadstead blob", keySize));
      const cipher = createCipheriv("aes-256-ctr", own, counter);
      cipher.update(Buffer.alloc(offset % blockSize));
      return cipher;
    };
    const [first, ...others] = keys;
    this.#ciphers = [cipherOf(first), ...others.map(cipherOf)];
  }

  /** The next bytes, encrypted or decrypted, in a buffer of their own, which `discard` takes back. */
  apply(bytes: Buffer): Buffer {
    const [first, ...others] = this.#ciphers;
    const applied = first.update(bytes);
    for (const cipher of others) applyInPlace(cipher, applied);
    return applied;
  }

  /** Encrypts or decrypts the next bytes where they are. They must be the caller's alone. */
  applyInPlace(bytes: Buffer): void {
    for (const cipher of this.#ciphers) applyInPlace(cipher, bytes);
  }

  /**
   * The stream, encrypted or decrypted, its chunks being used for the result. It breaks when the source breaks;
   * destroying it destroys the source.
   */
  through(source: Readable): Readable {
    const applied = new Transform({
      highWaterMark: readAhead,
      transform: (chunk: Buffer, _encoding, done) => {
        this.applyInPlace(chunk);
        done(null, chunk);
      },
    });
    // Both ends are told of a failure by the pipeline itself.
    return pipeline(source, applied, () => undefined);
  }
}

function applyInPlace(cipher: Cipher, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; at += pieceSize) {
    const applied = cipher.update(bytes.subarray(at, at + pieceSize));
    applied.copy(bytes, at);
    discard(applied);
  }
}

/** Nobody listens at its other end. */
const nowhere = new MessageChannel().port1;
nowhere.close();

/**
 * Frees the memory of what `apply` gave, which nobody may use any more.
 *
 * Ciphers of Node give new memory each time, outside of the heap, of which V8 lets megabytes gather and then looks
 * through the whole heap for what is unused: that took ten times as long as AES itself. An array buffer that is
 * transferred takes its memory along (HTML Standard, "Transferable objects"), and what a closed port is sent is freed
 * at once.
 */
export function discard(applied: Buffer): void {
  nowhere.postMessage(undefined, [applied.buffer as ArrayBuffer]);
}
