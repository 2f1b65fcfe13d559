import { join } from "node:path";
import type { Digest } from "../kernel/brand.ts";
import { algorithmOf, type DigestAlgorithm, hexDigest, isDigest } from "../kernel/digest.ts";

/**
 * Where everything lies, in a folder and under an S3 prefix alike. Nobody else joins such names.
 *
 * ```
 * <root>
 * ├── blobs
 * │   ├── sha256
 * │   │   └── ab                   the first two digits
 * │   │       └── ab12…            a blob, whole and verified, named by its 64 digits
 * │   └── sha512                   likewise, of 128 digits
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
  blobs: "blobs",
  uploads: "uploads",
  incoming: "incoming",
  vaults: "vaults",
} as const;

const algorithms: readonly DigestAlgorithm[] = ["sha256", "sha512"];

/** `blobs/sha256`, `blobs/sha512`. */
export const algorithmFolders: readonly string[] = algorithms.map((name) => `${folders.blobs}/${name}`);

/** `vaults/<name>`. Throws when the name could lead elsewhere. */
export function vaultPath(name: string): string {
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(name)) throw new TypeError("not the name of a vault");
  return `${folders.vaults}/${name}`;
}

/** `blobs/sha256/ab`: the folder of a blob. */
export function blobFolder(digest: Digest): string {
  return `${algorithmFolder(digest)}/${hexOf(digest).slice(0, 2)}`;
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

/** `blobs/sha256`: where the folders of a digest's algorithm are. */
export function algorithmFolder(digest: Digest): string {
  return `${folders.blobs}/${algorithmOf(digest)}`;
}

/** Every folder of blobs, in order: `blobs/sha256/00` to `blobs/sha512/ff`. */
export function shards(): readonly string[] {
  const bytes = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
  return algorithmFolders.flatMap((folder) => bytes.map((byte) => `${folder}/${byte}`));
}

/** The digest of a blob from the last part of its path; `undefined` for a name that is not a blob's. */
export function digestOfName(name: string): Digest | undefined {
  const digest = hexDigest(name.length === 128 ? "sha512" : "sha256", name);
  return isDigest(digest) ? digest : undefined;
}

/** The path within a folder of this machine. */
export function under(root: string, path: string): string {
  return join(root, path);
}

function hexOf(digest: Digest): string {
  if (!isDigest(digest)) throw new TypeError("not a digest");
  return digest.slice(digest.indexOf(":") + 1);
}

/** Whether a name is an upload's. */
export function isUploadId(name: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(name);
}

function checkedId(id: string): string {
  if (!isUploadId(id)) throw new TypeError("an upload id is a UUID");
  return id;
}
