import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { tarOf } from "../kernel/tar.ts";

/** What an image is made of, before it is pushed. */
export interface ImageContent {
  /** OCI image configuration, JSON. */
  readonly config: Buffer;
  /** Gzipped tar archives, lowest first. */
  readonly layers: readonly Buffer[];
}

/** A tiny image that any OCI client accepts: one layer with one text file. The same seed gives the same bytes. */
export function sampleImage(seed: string): ImageContent {
  const layers = [gzipSync(tarOf("roadstead.txt", Buffer.from(`Roadstead sample image: ${seed}\n`)))];
  return { config: imageConfig(layers), layers };
}

/** The configuration of an image that has nothing but layers (OCI image-spec, "Image Configuration"). */
export function imageConfig(layers: readonly Buffer[]): Buffer {
  const diffIds = layers.map(
    (layer) => `sha256:${createHash("sha256").update(gunzipSync(layer)).digest("hex")}`,
  );
  const config = {
    architecture: "amd64",
    os: "linux",
    config: {},
    rootfs: { type: "layers", diff_ids: diffIds },
  };
  return Buffer.from(JSON.stringify(config));
}
