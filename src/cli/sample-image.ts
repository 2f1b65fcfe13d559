import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";

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

const block = 512;

/** A tar archive of one file (POSIX.1-1988, "ustar interchange format"): owned by root, dated 1970. */
function tarOf(name: string, content: Buffer): Buffer {
  const header = Buffer.alloc(block);
  header.write(name, 0, 100);
  header.write("0000644\0", 100);
  header.write("0000000\0", 108);
  header.write("0000000\0", 116);
  header.write(`${content.length.toString(8).padStart(11, "0")}\0`, 124);
  header.write(`${"0".repeat(11)}\0`, 136);
  header.write("0", 156);
  header.write("ustar\x0000", 257);
  // The checksum is taken with its own field full of spaces.
  header.fill(" ", 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  const padding = Buffer.alloc((block - (content.length % block)) % block);
  return Buffer.concat([header, content, padding, Buffer.alloc(2 * block)]);
}
