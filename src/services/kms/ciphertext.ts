import { createCipheriv, createDecipheriv } from "node:crypto";
import { isAccountId } from "../../kernel/account.ts";
import type { Random } from "../../kernel/random.ts";
import { isRegion } from "../../kernel/region.ts";
import type { KeyRef } from "./arn.ts";
import { contextBytes, type EncryptionContext } from "./encryption-context.ts";

/**
 * What a symmetric key encrypts, as one blob that names the key and the version of its material:
 *
 *     1  format, 1          1  length of the name        n  `<account> <region> <key id>`
 *     4  material version   12 nonce                     …  ciphertext       16 tag
 *
 * AES-256-GCM; everything before the nonce, and the encryption context, is authenticated with it.
 */
const format = 1;
const nonceSize = 12;
const tagSize = 16;

/** What a blob says of itself, before anything is proved. */
export interface CiphertextHeader {
  readonly key: KeyRef;
  readonly version: number;
  /** The bytes before the nonce. */
  readonly bytes: Buffer;
}

/** Encrypts with one version of a key's material. */
export function encrypt(
  key: KeyRef,
  material: { readonly version: number; readonly material: Buffer },
  plaintext: Uint8Array,
  context: EncryptionContext | undefined,
  random: Random,
): Buffer {
  const name = Buffer.from(`${key.account} ${key.region} ${key.keyId}`);
  const header = Buffer.concat([Buffer.of(format, name.length), name, Buffer.alloc(4)]);
  header.writeUInt32BE(material.version, header.length - 4);
  const nonce = random.bytes(nonceSize);
  const cipher = createCipheriv("aes-256-gcm", material.material, nonce, { authTagLength: tagSize });
  cipher.setAAD(Buffer.concat([header, contextBytes(context)]));
  return Buffer.concat([header, nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** Reads the head of a blob; `undefined` when it is none of ours. */
export function readHeader(blob: Uint8Array): CiphertextHeader | undefined {
  const bytes = Buffer.from(blob);
  const size = 2 + (bytes[1] ?? 0) + 4;
  if (bytes[0] !== format || bytes.length < size + nonceSize + tagSize) return undefined;
  const [account = "", region = "", keyId = "", ...more] = bytes.toString("latin1", 2, size - 4).split(" ");
  if (!isAccountId(account) || !isRegion(region) || !/^[0-9a-f-]{36}$/.test(keyId) || more.length > 0)
    return undefined;
  return {
    key: { account, region, keyId },
    version: bytes.readUInt32BE(size - 4),
    bytes: bytes.subarray(0, size),
  };
}

/** Decrypts a blob; `undefined` when it was altered, or made with other material or another context. */
export function decrypt(
  header: CiphertextHeader,
  material: Buffer,
  blob: Uint8Array,
  context: EncryptionContext | undefined,
): Buffer | undefined {
  const bytes = Buffer.from(blob).subarray(header.bytes.length);
  const nonce = bytes.subarray(0, nonceSize);
  const decipher = createDecipheriv("aes-256-gcm", material, nonce, { authTagLength: tagSize });
  decipher.setAAD(Buffer.concat([header.bytes, contextBytes(context)]));
  decipher.setAuthTag(bytes.subarray(bytes.length - tagSize));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(nonceSize, -tagSize)), decipher.final()]);
  } catch {
    return undefined;
  }
}
