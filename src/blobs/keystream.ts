import { type Cipher, createCipheriv, hkdfSync, randomBytes } from "node:crypto";
import { pipeline, type Readable, Transform } from "node:stream";

/** Bytes of the salt from which each blob gets keys of its own. */
export const saltSize = 48;
const keySize = 32;
/** Bytes of a block of AES. */
const blockSize = 16;
/** How much is read ahead of a download, in bytes. */
const readAhead = 512 << 10;
/** How much of a download is decrypted at once, in bytes: what the nearer caches hold. */
const pieceSize = 64 << 10;

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
  readonly #ciphers: readonly Cipher[];

  constructor(keys: VaultKeys, salt: Buffer, offset: number) {
    const counter = Buffer.alloc(blockSize);
    counter.writeBigUInt64BE(BigInt(Math.floor(offset / blockSize)), blockSize - 8);
    this.#ciphers = keys.map((key) => {
      const own = Buffer.from(hkdfSync("sha256", key, salt, "roadstead blob", keySize));
      const cipher = createCipheriv("aes-256-ctr", own, counter);
      cipher.update(Buffer.alloc(offset % blockSize));
      return cipher;
    });
  }

  /** The next bytes, encrypted or decrypted, in a buffer of their own. */
  apply(bytes: Buffer): Buffer {
    return this.#ciphers.reduce((done, cipher) => cipher.update(done), bytes);
  }

  /** The stream, encrypted or decrypted. It breaks when the source breaks; destroying it destroys the source. */
  through(source: Readable): Readable {
    const applied = new Transform({
      highWaterMark: readAhead,
      transform: (chunk: Buffer, _encoding, done) => {
        for (let at = 0; at < chunk.length; at += pieceSize) {
          applied.push(this.apply(chunk.subarray(at, at + pieceSize)));
        }
        done();
      },
    });
    // Both ends are told of a failure by the pipeline itself.
    return pipeline(source, applied, () => undefined);
  }
}
