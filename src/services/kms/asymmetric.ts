import {
  constants,
  createHmac,
  createPrivateKey,
  createPublicKey,
  privateDecrypt,
  publicEncrypt,
  sign,
  timingSafeEqual,
  verify,
} from "node:crypto";
import type { MacAlgorithmSpec, SigningAlgorithmSpec } from "@aws-sdk/client-kms";

/** A private key as `makeMaterial` made it. */
function privateKey(material: Buffer) {
  return createPrivateKey({ key: material, format: "der", type: "pkcs8" });
}

/** The public half, as DER of a SubjectPublicKeyInfo ("GetPublicKey", API Reference). */
export function publicKeyOf(material: Buffer): Buffer {
  return createPublicKey(privateKey(material)).export({ format: "der", type: "spki" });
}

/** What a signing algorithm means to the library: the hash, and the padding of an RSA signature. */
function signingOptions(algorithm: SigningAlgorithmSpec) {
  const hash = `sha${algorithm.slice(-3)}`;
  if (!algorithm.startsWith("RSASSA_PSS")) return { hash, options: {} };
  // AWS: the salt is as long as the hash.
  const saltLength = constants.RSA_PSS_SALTLEN_DIGEST;
  return { hash, options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength } };
}

/** Signs a message. */
export function signMessage(material: Buffer, algorithm: SigningAlgorithmSpec, message: Uint8Array): Buffer {
  const { hash, options } = signingOptions(algorithm);
  return sign(hash, message, { key: privateKey(material), ...options });
}

/** Whether a signature is the message's. */
export function isSigned(
  material: Buffer,
  algorithm: SigningAlgorithmSpec,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const { hash, options } = signingOptions(algorithm);
  return verify(hash, message, { key: createPublicKey(privateKey(material)), ...options }, signature);
}

/** The code of a message. */
export function macOf(material: Buffer, algorithm: MacAlgorithmSpec, message: Uint8Array): Buffer {
  return createHmac(`sha${algorithm.slice(-3)}`, material)
    .update(message)
    .digest();
}

/** Whether a code is the message's, told in the same time whichever it is. */
export function isMac(
  material: Buffer,
  algorithm: MacAlgorithmSpec,
  message: Uint8Array,
  mac: Uint8Array,
): boolean {
  const expected = macOf(material, algorithm, message);
  return expected.length === mac.length && timingSafeEqual(expected, mac);
}

function oaep(algorithm: string) {
  return {
    padding: constants.RSA_PKCS1_OAEP_PADDING,
    oaepHash: algorithm.endsWith("SHA_1") ? "sha1" : "sha256",
  };
}

/** Encrypts with the public half; `undefined` when the message is too long for the key. */
export function rsaEncrypt(material: Buffer, algorithm: string, plaintext: Uint8Array): Buffer | undefined {
  try {
    return publicEncrypt({ key: createPublicKey(privateKey(material)), ...oaep(algorithm) }, plaintext);
  } catch {
    return undefined;
  }
}

/** Decrypts; `undefined` when it was not encrypted for this key and algorithm. */
export function rsaDecrypt(material: Buffer, algorithm: string, blob: Uint8Array): Buffer | undefined {
  try {
    return privateDecrypt({ key: privateKey(material), ...oaep(algorithm) }, blob);
  } catch {
    return undefined;
  }
}
