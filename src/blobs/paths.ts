import { join } from "node:path";
import type { Digest } from "../kernel/brand.ts";
import { isDigest, sha256Digest } from "../kernel/digest.ts";

/**
 * Where everything lies, in a folder and under an S3 prefix alike. Nobody else joins such names.
 *
 * ```
 * <root>
 * ├── blobs
 * │   └── sha256
 * │       └── ab                   the first two digits
 * │           └── ab12…            a blob, whole and verified, named by its 64 digits
 * ├── uploads
 * │   └── <uuid>                   an upload: a file; in S3 its pieces (below)
 * │       ├── begun                S3: the upload exists
 * │       └── 0000000000000000     S3: a piece, named by the offset of its first byte
 * ├── incoming
 * │   └── <uuid>                   a stream on its way to become a blob
 * └── vaults
 *     └── <name>                   a vault: a root like this one, its blobs and uploads encrypted
 * ```
 */
export const folders = {
  blobs: "blobs/sha256",
  uploads: "uploads",
  incoming: "incoming",
  vaults: "vaults",
} as const;

/** `vaults/<name>`. Throws when the name could lead elsewhere. */
export function vaultPath(name: string): string {
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(name)) throw new TypeError("not the name of a vault");
  return `${folders.vaults}/${name}`;
}

/** `blobs/sha256/ab`: the folder of a blob. */
export function blobFolder(digest: Digest): string {
  return `${folders.blobs}/${hexOf(digest).slice(0, 2)}`;
}

/** `blobs/sha256/ab/<hex>`. */
export function blobPath(digest: Digest): string {
  return `${blobFolder(digest)}/${hexOf(digest)}`;
}

/** `uploads/<uuid>`. Throws when the id is not a UUID, so that no name leads elsewhere. */
export function uploadPath(id: string): string {
  return `${folders.uploads}/${checkedId(id)}`;
}

/** `incoming/<uuid>`. */
export function incomingPath(id: string): string {
  return `${folders.incoming}/${checkedId(id)}`;
}

/** Every folder of blobs, in order: `blobs/sha256/00` to `blobs/sha256/ff`. */
export function shards(): readonly string[] {
  return Array.from({ length: 256 }, (_, byte) => `${folders.blobs}/${byte.toString(16).padStart(2, "0")}`);
}

/** The digest of a blob from the last part of its path; `undefined` for a name that is not a blob's. */
export function digestOfName(name: string): Digest | undefined {
  const digest = sha256Digest(name);
  return isDigest(digest) ? digest : undefined;
}

/** The path within a folder of this machine. */
export function under(root: string, path: string): string {
  return join(root, path);
}

function hexOf(digest: Digest): string {
  if (!isDigest(digest)) throw new TypeError("not a SHA-256 digest");
  return digest.slice("sha256:".length);
}

/** Whether a name is an upload's. */
export function isUploadId(name: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(name);
}

function checkedId(id: string): string {
  if (!isUploadId(id)) throw new TypeError("an upload id is a UUID");
  return id;
}
