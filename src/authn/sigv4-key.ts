import { createHmac } from "node:crypto";

/** Keys kept. One is 32 bytes under a name of about a hundred. */
const capacity = 4096;

/** Derived keys, the longest unused first. Deriving one costs four HMACs, more than checking the signature itself. */
const derived = new Map<string, Buffer>();

/**
 * The signing key of a day, region and service (IAM User Guide, "Create a signed AWS API request", step 3).
 * @param scope `<yyyymmdd>/<region>/<service>/aws4_request`.
 */
export function signingKey(secretAccessKey: string, scope: string): Buffer {
  const name = `${scope}\n${secretAccessKey}`;
  const known = derived.get(name);
  if (known !== undefined) {
    derived.delete(name);
    derived.set(name, known);
    return known;
  }
  let key: Buffer = Buffer.from(`AWS4${secretAccessKey}`, "utf8");
  for (const part of scope.split("/")) key = hmac(key, part);
  if (derived.size >= capacity) {
    for (const oldest of derived.keys()) {
      derived.delete(oldest);
      break;
    }
  }
  derived.set(name, key);
  return key;
}

/** HMAC-SHA256 of UTF-8 text. */
export function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text, "utf8").digest();
}
