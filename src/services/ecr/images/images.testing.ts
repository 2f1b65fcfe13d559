import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import type { Client } from "../../../dispatch/context.ts";
import type { Digest } from "../../../kernel/brand.ts";
import type { EcrDataPlane } from "../data-plane.ts";
import { ociIndex, ociManifest } from "./media-type.ts";

export const ociConfig = "application/vnd.oci.image.config.v1+json";
export const ociLayer = "application/vnd.oci.image.layer.v1.tar+gzip";

export function digestOf(bytes: Buffer | string): Digest {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}` as Digest;
}

/** A descriptor of these bytes. */
export function descriptorOf(mediaType: string, bytes: Buffer | string) {
  return { mediaType, digest: digestOf(bytes), size: Buffer.byteLength(bytes) };
}

/** An image of one layer: its manifest, and the blobs it needs. */
export function image(content: string, more: object = {}) {
  const config = `{"config":"${content}"}`;
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: ociManifest,
    config: descriptorOf(ociConfig, config),
    layers: [descriptorOf(ociLayer, content)],
    ...more,
  });
  return { manifest, digest: digestOf(manifest), blobs: [config, content] };
}

/** An index of these manifests. */
export function index(...manifests: readonly string[]): string {
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: ociIndex,
    manifests: manifests.map((manifest) => descriptorOf(ociManifest, manifest)),
  });
}

/** Pushes as a client of `/v2/` does. */
export async function push(
  client: Client,
  operations: EcrDataPlane,
  repositoryName: string,
  manifest: string,
  options: { readonly blobs?: readonly string[]; readonly reference?: string } = {},
): Promise<Digest> {
  for (const blob of options.blobs ?? []) {
    await client.invoke(
      operations.uploadBlob,
      { repositoryName, digest: digestOf(blob) },
      { body: Readable.from([Buffer.from(blob)]) },
    );
  }
  const bytes = Buffer.from(manifest);
  const reference = options.reference ?? digestOf(bytes);
  return (await client.invoke(operations.putManifest, { repositoryName, reference, bytes })).digest;
}
