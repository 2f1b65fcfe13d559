import type { Digest } from "./brand.ts";

const pattern = /^sha256:[0-9a-f]{64}$/;

/** Whether the text is a digest that ECR accepts: SHA-256 in lower-case hex. */
export function isDigest(text: string): text is Digest {
  return pattern.test(text);
}

/** The digest of a finished hash's lower-case hex. */
export function sha256Digest(hex: string): Digest {
  return `sha256:${hex}` as Digest;
}
