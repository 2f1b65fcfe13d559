import { createHash } from "node:crypto";
import type { Digest } from "../../../kernel/brand.ts";
import { algorithmOf, hexDigest, isDigest } from "../../../kernel/digest.ts";
import { isJsonObject, type Json, parseJson } from "../../../kernel/json.ts";
import { invalidParameter } from "../faults.ts";
import {
  emptyConfig,
  isForeignLayer,
  isMediaType,
  type ManifestKind,
  manifestKind,
  ociIndex,
  ociManifest,
} from "./media-type.ts";

/** A manifest as ECR understands it: what it refers to and what it calls itself. */
export interface Manifest {
  readonly kind: ManifestKind;
  readonly mediaType: string;
  /** Of an image: its configuration. */
  readonly config?: Descriptor;
  /** Of an image: its layers, in order, foreign ones included. */
  readonly layers: readonly Descriptor[];
  /** Of an index: the manifests it lists. */
  readonly children: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** OCI image-spec, "Content Descriptors". */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

/** Bytes of the largest manifest (ECR API Reference, "PutImage": 4,194,304 characters). */
export const largestManifest = 4_194_304;

/** Layers of an image, or manifests of an index: more than any real one has. */
const mostDescriptors = 4096;

const at = "ImageManifest";
/** AWS: a text that is JSON but no manifest gets the same words. */
const notAManifest = () => invalidParameter(at, "Invalid JSON syntax");

/**
 * The digest that names a manifest: over exactly these bytes.
 * @param named what the manifest is said to be named, by whose algorithm it is measured; by SHA-256 when left out.
 */
export function manifestDigest(bytes: Buffer, named?: Digest): Digest {
  const algorithm = named === undefined ? "sha256" : algorithmOf(named);
  return hexDigest(algorithm, createHash(algorithm).update(bytes).digest("hex"));
}

/**
 * Reads a manifest: OCI image manifest or index, Docker schema 2 manifest or list. Whether what it names is there is
 * for the caller to check.
 * @param declared the media type that the push states, when it does.
 * @throws Fault `InvalidParameterException` for anything that is not a manifest of that type.
 */
export function readManifest(bytes: Buffer, declared?: string): Manifest {
  if (bytes.length > largestManifest) {
    throw invalidParameter(at, `Member must have length less than or equal to ${largestManifest}`);
  }
  const body = parseJson(utf8(bytes));
  if (!isJsonObject(body) || body.schemaVersion !== 2) throw notAManifest();

  const mediaType = mediaTypeOf(body, declared);
  const kind = manifestKind(mediaType);
  if (kind === undefined) throw invalidParameter(at, `Manifest media type '${mediaType}' is not supported`);
  // INVARIANT: no document can be read as an image and as an index (CVE-2021-41190): one digest would mean different
  // things to different readers.
  const foreign = kind === "image" ? ["manifests", "fsLayers"] : ["config", "layers", "fsLayers"];
  if (foreign.some((member) => isPresent(body[member]))) throw notAManifest();

  return {
    kind,
    mediaType,
    config: kind === "image" ? descriptor(body.config) : undefined,
    layers: kind === "image" ? descriptors(body.layers) : [],
    children: kind === "index" ? descriptors(body.manifests) : [],
    subject: isPresent(body.subject) ? descriptor(body.subject) : undefined,
    artifactType: artifactTypeOf(body.artifactType),
    annotations: annotationsOf(body.annotations),
  };
}

/** Configuration and layers that must be in the repository before the image: layers first, each once. */
export function requiredLayers(manifest: Manifest): readonly Descriptor[] {
  const needed = manifest.layers.filter((layer) => !isForeignLayer(layer.mediaType));
  if (manifest.config !== undefined) needed.push(manifest.config);
  return [...new Map(needed.map((layer) => [layer.digest, layer])).values()];
}

/** What DescribeImages calls `artifactMediaType`. */
export function artifactMediaType(manifest: Manifest): string | undefined {
  const { config, artifactType } = manifest;
  return config === undefined || config.mediaType === emptyConfig ? artifactType : config.mediaType;
}

/** OCI distribution-spec, "Listing Referrers": the type of an artifact, or else of its configuration. */
export function referrerArtifactType(manifest: Manifest): string | undefined {
  return manifest.artifactType ?? manifest.config?.mediaType;
}

/** What the manifest says it is, which must be what the push says; else what the push says; else by its shape. */
function mediaTypeOf(body: { readonly [key: string]: Json }, declared: string | undefined): string {
  const own = optionalText(body.mediaType);
  if (own !== undefined && declared !== undefined && own !== declared) {
    throw invalidParameter(at, `Manifest media type '${own}' does not match the declared '${declared}'`);
  }
  return own ?? declared ?? (isPresent(body.manifests) ? ociIndex : ociManifest);
}

/** Clients in Go write null for an empty list; a list that is left out is not one. */
function descriptors(value: Json | undefined): readonly Descriptor[] {
  if (value === null) return [];
  if (!Array.isArray(value)) throw notAManifest();
  if (value.length > mostDescriptors) {
    throw invalidParameter(at, `Manifest must not have more than ${mostDescriptors} layers or manifests`);
  }
  return value.map(descriptor);
}

function descriptor(value: Json | undefined): Descriptor {
  if (!isJsonObject(value)) throw notAManifest();
  const { mediaType, digest, size } = value;
  const typed = typeof mediaType === "string" && isMediaType(mediaType);
  const named = typeof digest === "string" && isDigest(digest);
  const sized = typeof size === "number" && Number.isSafeInteger(size) && size >= 0;
  if (!typed || !named || !sized) throw notAManifest();
  return { mediaType, digest, size };
}

function artifactTypeOf(value: Json | undefined): string | undefined {
  const type = optionalText(value);
  if (type !== undefined && !isMediaType(type)) throw notAManifest();
  return type;
}

function optionalText(value: Json | undefined): string | undefined {
  if (!isPresent(value) || value === "") return undefined;
  if (typeof value !== "string") throw notAManifest();
  return value;
}

function annotationsOf(value: Json | undefined): Readonly<Record<string, string>> | undefined {
  if (!isPresent(value)) return undefined;
  if (!isJsonObject(value)) throw notAManifest();
  const entries = Object.entries(value).map(([key, text]): [string, string] => {
    if (typeof text !== "string") throw notAManifest();
    return [key, text];
  });
  return Object.fromEntries(entries);
}

/** Some clients write null for what is absent. */
function isPresent(value: Json | undefined): value is Exclude<Json, null> {
  return value !== undefined && value !== null;
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function utf8(bytes: Buffer): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw notAManifest();
  }
}
