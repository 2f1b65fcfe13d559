import type { Readable } from "node:stream";
import type { Digest } from "../kernel/brand.ts";
import { expand } from "./expand.ts";
import type { ScanLimits } from "./limits.ts";
import { tarEntries } from "./tar.ts";
import { UnreadableImage } from "./unreadable.ts";

/** A layer of an image, as its manifest says. */
export interface Layer {
  readonly digest: Digest;
  /** Bytes, as stored. */
  readonly size: number;
}

/** Files of an image by their paths, without a leading `/`. */
export type ImageFiles = ReadonlyMap<string, Buffer>;

/**
 * Reads the wanted files of an image as a container would see them: upper layers hide what lower ones have
 * (OCI image-spec, "Image Layer Filesystem Changeset"). Nothing is written anywhere, links are not followed.
 * @param layers from the lowest to the uppermost.
 * @throws UnreadableImage for a layer that is damaged, or beyond a limit.
 */
export async function readImageFiles(
  layers: readonly Layer[],
  open: (digest: Digest) => Promise<Readable>,
  wanted: WantedFiles,
  limits: ScanLimits,
): Promise<ImageFiles> {
  const reading = new Reading(limits, layers);
  const files = new Map<string, Buffer>();
  /** What layers above hide of the ones below. */
  const hidden: { readonly path: string; readonly below: boolean }[] = [];
  const isHidden = (path: string): boolean =>
    files.has(path) ||
    hidden.some(
      ({ path: by, below }) => (!below && path === by) || path.startsWith(by === "" ? "" : `${by}/`),
    );

  // From the top: what is decided need not be kept twice.
  for (const { digest } of layers.toReversed()) {
    const found = new Map<string, Buffer>();
    const hides: typeof hidden = [];
    for await (const entry of tarEntries(expand(await open(digest), reading.meter))) {
      reading.entry();
      const path = plainPath(entry.path);
      if (path === undefined) continue;
      const folder = folderOf(path);
      const name = path.slice(path.lastIndexOf("/") + 1);
      if (name === ".wh..wh..opq") hides.push({ path: folder, below: true });
      else if (name.startsWith(".wh.")) {
        hides.push({ path: `${folder === "" ? "" : `${folder}/`}${name.slice(4)}`, below: false });
      } else if (entry.type === "file" && wanted.has(path)) {
        if (isHidden(path)) continue;
        reading.keep(entry.size);
        found.set(path, await entry.content());
      } else if (entry.type === "other" && wanted.leadsTo(path)) {
        // A link in the place of a file or of a folder above it.
        hides.push({ path, below: false });
      }
    }
    for (const [path, content] of found) files.set(path, content);
    for (const each of hides) if (wanted.leadsTo(each.path)) hidden.push(each);
  }
  return files;
}

/** Which files are read. */
export interface WantedFiles {
  has(path: string): boolean;
  /** Whether a wanted file has this path, or is below it. */
  leadsTo(path: string): boolean;
}

/** These files, and all that are directly in these folders. Paths without a leading or a last `/`. */
export function wantedFiles(paths: readonly string[], folders: readonly string[]): WantedFiles {
  const files = new Set(paths);
  const inFolder = new Set(folders);
  const above = new Set([...paths, ...folders].flatMap(prefixes));
  const has = (path: string): boolean => files.has(path) || inFolder.has(folderOf(path));
  return { has, leadsTo: (path) => above.has(path) || has(path) };
}

/** A path and all folders above it, the root included. */
function prefixes(path: string): readonly string[] {
  const parts = path.split("/");
  return parts.map((_, i) => parts.slice(0, i).join("/")).concat(path);
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), 0));
}

/** Without `./` and leading `/`; `undefined` for a path that leaves the image. */
function plainPath(path: string): string | undefined {
  if (path.length > 4096) return undefined;
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  return parts.includes("..") ? undefined : parts.join("/");
}

/** Bytes that even an empty file costs. */
const overhead = 1024;

/** What was read so far, held against the limits. */
class Reading {
  readonly #limits: ScanLimits;
  readonly #mostExpanded: number;
  #expanded = 0;
  #entries = 0;
  #kept = 0;

  constructor(limits: ScanLimits, layers: readonly Layer[]) {
    this.#limits = limits;
    const stored = layers.reduce((sum, { size }) => sum + size, 0);
    this.#mostExpanded = Math.min(limits.expanded, Math.max(limits.freely, limits.ratio * stored));
  }

  readonly meter = (bytes: number): void => {
    this.#expanded += bytes;
    if (this.#expanded > this.#mostExpanded) {
      throw new UnreadableImage(`The layers unpack to more than ${this.#mostExpanded} bytes.`);
    }
  };

  entry(): void {
    if (++this.#entries > this.#limits.entries) {
      throw new UnreadableImage(`The layers have more than ${this.#limits.entries} entries.`);
    }
  }

  keep(size: number): void {
    this.#kept += size + overhead;
    if (size > this.#limits.file || this.#kept > this.#limits.kept) {
      throw new UnreadableImage(`A package database is larger than ${this.#limits.file} bytes.`);
    }
  }
}
