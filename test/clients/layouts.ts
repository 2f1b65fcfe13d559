import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sampleImage } from "../../src/cli/sample-image.ts";
import { digestOf } from "./images.ts";

/** Writes a sample image as an OCI image layout (image-spec, "OCI Image Layout") under the tag v1. */
export function writeLayout(path: string, seed: string): string {
  const { config, layers } = sampleImage(seed);
  const blobs = join(path, "blobs", "sha256");
  mkdirSync(blobs, { recursive: true });
  const put = (mediaType: string, bytes: Buffer) => {
    const digest = digestOf(bytes);
    writeFileSync(join(blobs, digest.slice("sha256:".length)), bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const manifest = put(
    "application/vnd.oci.image.manifest.v1+json",
    Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: "application/vnd.oci.image.manifest.v1+json",
        config: put("application/vnd.oci.image.config.v1+json", config),
        layers: layers.map((layer) => put("application/vnd.oci.image.layer.v1.tar+gzip", layer)),
      }),
    ),
  );
  writeFileSync(join(path, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  const annotations = { "org.opencontainers.image.ref.name": "v1" };
  writeFileSync(
    join(path, "index.json"),
    JSON.stringify({ schemaVersion: 2, manifests: [{ ...manifest, annotations }] }),
  );
  return manifest.digest;
}
