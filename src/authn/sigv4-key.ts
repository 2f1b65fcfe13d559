import { createHmac } from "node:crypto";
import { boundedCache } from "../kernel/bounded-cache.ts";

/** Derived keys: making one costs four HMACs, more than checking the signature itself. */
const derived = boundedCache<Buffer>(4096);

/**
 * The signing key of a day, region and service (IAM User Guide, "Create a signed AWS API request", step 3).
 * @param scope `<yyyymmdd>/<region>/<service>/aws4_request`.
 */
export function signingKey(secretAccessKey: string, scope: string): Buffer {
  // The secret is part of the name: a key id that gets another secret never meets the old one's keys.
  const name = `${scope}\n${secretAccessKey}`;
  const known = derived.get(name);
  if (known !== undefined) return known;
  let key: Buffer = Buffer.from(`AWS4${secretAccessKey}`, "utf8");
  for (const part of scope.split("/")) key = hmac(key, part);
  derived.set(name, key);
  return key;
}

/** HMAC-SHA256 of UTF-8 text. */
export function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text, "utf8").digest();
}
