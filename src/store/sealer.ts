import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, unlinkSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { Sealer } from "./types.ts";

/** Bytes of the key file, the nonce and the authentication tag (NIST SP 800-38D). */
const keySize = 32;
const nonceSize = 12;
const tagSize = 16;
/** The first byte of what is sealed, so that another way of sealing can be told apart one day. */
const version = 1;

/** How many opened texts are remembered, and the longest of them in characters: at most a few MiB. */
const remembered = 1024;
const longestRemembered = 4096;

/** A sealer, and keys of the same file for what is not sealed as text. */
export interface KeyFile extends Sealer {
  /** 32 bytes, always the same for a purpose, and no key of anything that is sealed. */
  key(purpose: string): Buffer;
}

/**
 * Opens the key file, made at the first time, and seals with it: AES-256-GCM under a key derived for each purpose
 * (HKDF-SHA-256). Whoever has the file can open everything; without it nothing sealed can be read again.
 *
 * `open` remembers what it opened lately. That is safe: what is sealed says the same for ever, and whether a token in
 * it is still valid is judged by the caller, each time.
 */
export function openSealer(keyFile: string): KeyFile {
  const master = readKey(keyFile);
  const keys = new Map<string, Buffer>();
  const opened = new Map<string, string>();

  function keyFor(purpose: string): Buffer {
    let key = keys.get(purpose);
    if (key === undefined) {
      key = Buffer.from(hkdfSync("sha256", master, "", `roadstead sealer: ${purpose}`, keySize));
      keys.set(purpose, key);
    }
    return key;
  }

  function unseal(purpose: string, sealed: string): string | undefined {
    const bytes = Buffer.from(sealed, "base64url");
    if (bytes.length < 1 + nonceSize + tagSize || bytes[0] !== version) return undefined;
    // Base64 has several spellings of the same bytes; only the one we wrote is ours.
    if (bytes.toString("base64url") !== sealed) return undefined;
    const nonce = bytes.subarray(1, 1 + nonceSize);
    const decipher = createDecipheriv("aes-256-gcm", keyFor(purpose), nonce, { authTagLength: tagSize });
    decipher.setAuthTag(bytes.subarray(bytes.length - tagSize));
    try {
      return (
        decipher.update(bytes.subarray(1 + nonceSize, -tagSize), undefined, "utf8") + decipher.final("utf8")
      );
    } catch {
      return undefined;
    }
  }

  return {
    key: (purpose) => Buffer.from(hkdfSync("sha256", master, "", `roadstead key: ${purpose}`, keySize)),
    seal(purpose, plain) {
      const nonce = randomBytes(nonceSize);
      const cipher = createCipheriv("aes-256-gcm", keyFor(purpose), nonce, { authTagLength: tagSize });
      const text = [cipher.update(plain, "utf8"), cipher.final()];
      return Buffer.concat([Buffer.of(version), nonce, ...text, cipher.getAuthTag()]).toString("base64url");
    },
    open(purpose, sealed) {
      const entry = `${purpose}\n${sealed}`;
      const known = opened.get(entry);
      const plain = known ?? unseal(purpose, sealed);
      if (plain === undefined || sealed.length > longestRemembered) return plain;
      // A map keeps the order of insertion, so the first entry is the one not used for the longest time.
      opened.delete(entry);
      opened.set(entry, plain);
      if (opened.size > remembered) {
        for (const oldest of opened.keys()) {
          opened.delete(oldest);
          break;
        }
      }
      return plain;
    },
  };
}

function readKey(keyFile: string): Buffer {
  makeKey(keyFile);
  const key = readFileSync(keyFile);
  if (key.length !== keySize) throw new Error(`${keyFile} is not a key file: it must have ${keySize} bytes`);
  return key;
}

/** Makes the key file unless it is there: whole or not at all, and only one of several processes makes it. */
function makeKey(keyFile: string): void {
  const draft = `${keyFile}.${randomBytes(6).toString("hex")}`;
  const file = openSync(draft, "wx", 0o600);
  try {
    writeSync(file, randomBytes(keySize));
    fsyncSync(file);
    linkSync(draft, keyFile);
    const folder = openSync(dirname(keyFile), "r");
    fsyncSync(folder);
    closeSync(folder);
  } catch (error) {
    if (!isExisting(error)) throw error;
  } finally {
    closeSync(file);
    unlinkSync(draft);
  }
}

function isExisting(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EEXIST";
}
