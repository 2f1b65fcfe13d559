/** Media types of manifests (OCI image-spec, "Media types"; Docker "Image manifest version 2, schema 2"). */
export const ociManifest = "application/vnd.oci.image.manifest.v1+json";
export const ociIndex = "application/vnd.oci.image.index.v1+json";
export const dockerManifest = "application/vnd.docker.distribution.manifest.v2+json";
export const dockerManifestList = "application/vnd.docker.distribution.manifest.list.v2+json";

/** What a manifest is: one image (or artifact), or a list of others. */
export type ManifestKind = "image" | "index";

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

/** The configuration of artifacts that have none (OCI image-spec, "Guidance for an Empty Descriptor"). */
export const emptyConfig = "application/vnd.oci.empty.v1+json";

const foreign: ReadonlySet<string> = new Set([
  "application/vnd.oci.image.layer.nondistributable.v1.tar",
  "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
  "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
  "application/vnd.docker.image.rootfs.foreign.diff.tar",
  "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
]);

/** Whether the owner of such a layer forbids to distribute it: clients fetch it elsewhere, it need not be here. */
export function isForeignLayer(mediaType: string): boolean {
  return foreign.has(mediaType);
}

const name = "[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}";
const mediaTypeSyntax = new RegExp(`^${name}/${name}$`);

/** Whether the text is a media type without parameters (RFC 6838, section 4.2). */
export function isMediaType(text: string): boolean {
  return mediaTypeSyntax.test(text);
}
