import { createCipheriv, createDecipheriv } from "node:crypto";
import type { Random } from "../../kernel/random.ts";

const algorithm = "aes-256-gcm";
const nonceLength = 12;
const tagLength = 16;

/** AWS: the data key that a client asks KMS for: one key for each direction. Bytes. */
export const dataKeyLength = 64;

/** The encryption of a session's data between client and container. Each text is its nonce, the ciphertext and a tag. */
export class ChannelCipher {
  readonly #outgoing: Buffer;
  readonly #incoming: Buffer;
  readonly #random: Random;

  /** @param key of `dataKeyLength` bytes: AWS's clients read with its first half and write with its second. */
  constructor(key: Buffer, random: Random) {
    this.#outgoing = key.subarray(0, dataKeyLength / 2);
    this.#incoming = key.subarray(dataKeyLength / 2);
    this.#random = random;
  }

  encrypt(plain: Buffer): Buffer {
    const nonce = this.#random.bytes(nonceLength);
    const cipher = createCipheriv(algorithm, this.#outgoing, nonce);
    return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  }

  /** @returns undefined for what was not encrypted with the key. */
  decrypt(encrypted: Buffer): Buffer | undefined {
    if (encrypted.length < nonceLength + tagLength) return undefined;
    const decipher = createDecipheriv(algorithm, this.#incoming, encrypted.subarray(0, nonceLength));
    decipher.setAuthTag(encrypted.subarray(-tagLength));
    try {
      return Buffer.concat([decipher.update(encrypted.subarray(nonceLength, -tagLength)), decipher.final()]);
    } catch {
      return undefined;
    }
  }
}
