/** What a manifest is: one image (or artifact), or a list of others. */
export type ManifestKind = "image" | "index";

/** Media types of manifests (OCI image-spec, "Media types"; Docker "Image manifest version 2, schema 2"). */
export const ociManifest = "application/vnd.oci.image.manifest.v1+json";
export const ociIndex = "application/vnd.oci.image.index.v1+json";
export const dockerManifest = "application/vnd.docker.distribution.manifest.v2+json";
export const dockerManifestList = "application/vnd.docker.distribution.manifest.list.v2+json";

const kinds: ReadonlyMap<string, ManifestKind> = new Map([
  [ociManifest, "image"],
  [ociIndex, "index"],
  [dockerManifest, "image"],
  [dockerManifestList, "index"],
]);

/** The kind of manifest that a media type stands for; `undefined` for anything else, Docker's schema 1 included. */
export function manifestKind(mediaType: string): ManifestKind | undefined {
  return kinds.get(mediaType);
}

const restricted: ReadonlySet<string> = new Set([
  "application/vnd.oci.image.layer.nondistributable.v1.tar",
  "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
  "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
  "application/vnd.docker.image.rootfs.foreign.diff.tar",
  "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
]);

/** Whether a layer of this media type is fetched elsewhere and need not be in the registry. */
export function isNonDistributable(mediaType: string): boolean {
  return restricted.has(mediaType);
}

/** Whether the text is a media type without parameters (RFC 6838, section 4.2). */
export function isMediaType(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$/.test(text);
}

/** The media type of a `Content-Type`, without its parameters, in lower case. */
export function mediaTypeOf(contentType: string): string {
  const end = contentType.indexOf(";");
  return (end < 0 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
}
