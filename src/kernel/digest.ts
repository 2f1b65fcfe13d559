import type { Digest } from "./brand.ts";

/** The algorithms of digests (OCI image-spec, "Registered Algorithms"). ECR itself knows the first alone. */
export type DigestAlgorithm = "sha256" | "sha512";

const sha256 = /^sha256:[0-9a-f]{64}$/;
const sha512 = /^sha512:[0-9a-f]{128}$/;

/** Whether the text is a digest: SHA-256 or SHA-512 in lower-case hex. */
export function isDigest(text: string): text is Digest {
  return sha256.test(text) || sha512.test(text);
}

/** Whether the text is a digest that ECR accepts: SHA-256 in lower-case hex. */
export function isSha256(text: string): text is Digest {
  return sha256.test(text);
}

/** How a digest was made. */
export function algorithmOf(digest: Digest): DigestAlgorithm {
  return digest.startsWith("sha512:") ? "sha512" : "sha256";
}

/** The digest of a finished hash's lower-case hex. */
export function hexDigest(algorithm: DigestAlgorithm, hex: string): Digest {
  return `${algorithm}:${hex}` as Digest;
}

/** The digest of a finished SHA-256's lower-case hex. */
export function sha256Digest(hex: string): Digest {
  return hexDigest("sha256", hex);
}
