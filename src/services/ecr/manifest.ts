import { createHash } from "node:crypto";
import type { Digest } from "../../kernel/brand.ts";
import { isDigest, sha256Digest } from "../../kernel/digest.ts";
import { isJsonObject, type Json, parseJson } from "../../kernel/json.ts";
import { invalidParameter } from "./faults.ts";

/** A manifest as ECR understands it: what it refers to and what it calls itself. */
export interface Manifest {
  readonly kind: "image" | "index";
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

const kinds: Readonly<Record<string, Manifest["kind"]>> = {
  "application/vnd.oci.image.manifest.v1+json": "image",
  "application/vnd.docker.distribution.manifest.v2+json": "image",
  "application/vnd.oci.image.index.v1+json": "index",
  "application/vnd.docker.distribution.manifest.list.v2+json": "index",
};

/** The configuration of artifacts that have none (OCI image-spec, "Guidance for an Empty Descriptor"). */
const emptyConfig = "application/vnd.oci.empty.v1+json";

/** Layers that their owners forbid to distribute: they need not be here. */
const foreignLayer =
  /^application\/vnd\.(docker\.image\.rootfs\.foreign|oci\.image\.layer\.nondistributable)\./;

/** Characters; ECR quotas. */
const longest = 4_194_304;

const at = "ImageManifest";
/** AWS: a text that is JSON but no manifest gets the same words. */
const notAManifest = () => invalidParameter(at, "Invalid JSON syntax");

/** The digest that names a manifest: over exactly these bytes. */
export function manifestDigest(bytes: Buffer): Digest {
  return sha256Digest(createHash("sha256").update(bytes).digest("hex"));
}

/**
 * Reads a manifest. Schema version 2 of Docker and of OCI only.
 * @param declared the media type that the push states, when it does.
 * @throws Fault `InvalidParameterException` for anything that is not a manifest of that type.
 */
export function readManifest(bytes: Buffer, declared?: string): Manifest {
  if (bytes.length > longest) {
    throw invalidParameter(at, `Member must have length less than or equal to ${longest}`);
  }
  const body = parseJson(utf8(bytes));
  if (!isJsonObject(body) || body.schemaVersion !== 2) throw notAManifest();

  const mediaType = mediaTypeOf(body, declared);
  const kind = kinds[mediaType];
  if (kind === undefined) throw invalidParameter(at, `Manifest media type '${mediaType}' is not supported`);
  // A manifest that is both an image and an index would mean different things to different readers.
  if (kind === "image" ? "manifests" in body : "config" in body || "layers" in body) throw notAManifest();

  return {
    kind,
    mediaType,
    config: kind === "image" ? descriptor(body.config) : undefined,
    layers: kind === "image" ? list(body.layers).map(descriptor) : [],
    children: kind === "index" ? list(body.manifests).map(descriptor) : [],
    subject: body.subject === undefined ? undefined : descriptor(body.subject),
    artifactType: optionalText(body.artifactType),
    annotations: annotationsOf(body.annotations),
  };
}

/** Configuration and layers that must be in the repository before the image: layers first, each once. */
export function requiredLayers(manifest: Manifest): readonly Descriptor[] {
  const needed = manifest.layers.filter((layer) => !foreignLayer.test(layer.mediaType));
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

function mediaTypeOf(body: { readonly [key: string]: Json }, declared: string | undefined): string {
  const own = optionalText(body.mediaType);
  if (own !== undefined && declared !== undefined && own !== declared) {
    throw invalidParameter(at, `Manifest media type '${own}' does not match the declared '${declared}'`);
  }
  const guess = Array.isArray(body.manifests)
    ? "application/vnd.oci.image.index.v1+json"
    : "application/vnd.oci.image.manifest.v1+json";
  return own ?? declared ?? guess;
}

function descriptor(value: Json | undefined): Descriptor {
  if (!isJsonObject(value)) throw notAManifest();
  const { mediaType, digest, size } = value;
  const sized = typeof size === "number" && Number.isSafeInteger(size) && size >= 0;
  if (typeof mediaType !== "string" || typeof digest !== "string" || !isDigest(digest) || !sized) {
    throw notAManifest();
  }
  return { mediaType, digest, size };
}

function list(value: Json | undefined): readonly Json[] {
  if (!Array.isArray(value)) throw notAManifest();
  return value;
}

function optionalText(value: Json | undefined): string | undefined {
  if (value === undefined || value === "") return undefined;
  if (typeof value !== "string") throw notAManifest();
  return value;
}

function annotationsOf(value: Json | undefined): Record<string, string> | undefined {
  if (value === undefined) return undefined;
  if (!isJsonObject(value)) throw notAManifest();
  const entries = Object.entries(value).map(([key, text]): [string, string] => {
    if (typeof text !== "string") throw notAManifest();
    return [key, text];
  });
  return Object.fromEntries(entries);
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function utf8(bytes: Buffer): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw notAManifest();
  }
}
