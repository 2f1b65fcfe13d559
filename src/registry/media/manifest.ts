import { createHash } from "node:crypto";
import type { Digest } from "../../kernel/brand.ts";
import { isDigest, sha256Digest } from "../../kernel/digest.ts";
import { Fault } from "../../kernel/fault.ts";
import { isJsonObject, type Json, parseJson } from "../../kernel/json.ts";
import {
  dockerManifest,
  dockerManifestList,
  isMediaType,
  isNonDistributable,
  type ManifestKind,
  manifestKind,
  mediaTypeOf,
  ociIndex,
  ociManifest,
} from "./media-type.ts";

/** Names content (OCI image-spec, "Content descriptors"). */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

export interface Layer extends Descriptor {
  /** Fetched elsewhere by clients: the registry takes the manifest without having the layer. */
  readonly nonDistributable: boolean;
}

/** A manifest as the registry understands it. What is stored and served are its bytes, unchanged. */
export interface Manifest {
  /** SHA-256 of the exact bytes. */
  readonly digest: Digest;
  readonly kind: ManifestKind;
  readonly mediaType: string;
  /** Bytes of the manifest itself. */
  readonly size: number;
  /** Bytes of configuration and layers: ECR's `imageSizeInBytes`. 0 for an index. */
  readonly imageSize: number;
  /** Media type of the configuration: ECR's `artifactMediaType`. Absent for an index. */
  readonly artifactMediaType?: string;
  /** By the rule for referrers (OCI distribution-spec, "Listing referrers"): its own, else that of the configuration. */
  readonly artifactType?: string;
  /** What this one refers to: it shows among the referrers of that. */
  readonly subject?: Descriptor;
  readonly config?: Descriptor;
  readonly layers: readonly Layer[];
  /** The manifests of an index. */
  readonly manifests: readonly Descriptor[];
  readonly annotations: Readonly<Record<string, string>>;
}

/** Amazon ECR User Guide, "Service quotas". */
const largestManifest = 4 * 1024 * 1024;
const mostDescriptors = 4096;
/** Deeper than any real manifest; custom fields may be as deep. */
const deepest = 32;

type Fields = { readonly [key: string]: Json };

/**
 * Reads a manifest: OCI image manifest or index, Docker schema 2 manifest or list. Whether what it names is there is
 * for the caller to check.
 * Throws `MANIFEST_INVALID`; the message is what ECR puts after "failed to satisfy constraint" where that is known.
 * @param contentType of the request, or `imageManifestMediaType`; when left out the manifest must say what it is, by
 * its media type or its shape.
 */
export function parseManifest(bytes: Buffer, contentType?: string): Manifest {
  if (bytes.length > largestManifest) throw invalid(`Manifest is larger than ${largestManifest} bytes`);
  const fields = readJson(bytes);
  // AWS: `{}` is called bad syntax, too.
  if (fields.schemaVersion === undefined) throw invalid("Invalid JSON syntax");
  if (fields.schemaVersion !== 2) throw invalid("schemaVersion must be 2");
  const mediaType = mediaTypeOfManifest(fields, contentType);
  const kind = manifestKind(mediaType);
  if (kind === undefined) throw invalid(`Manifest media type '${mediaType}' is not supported`);
  checkShape(fields, kind);
  const config = kind === "image" ? readDescriptor(fields.config, "config") : undefined;
  const layers = readList(fields.layers, "layers").map(layer);
  const artifactType = optionalMediaType(fields.artifactType, "artifactType") ?? config?.mediaType;
  const subject = isPresent(fields.subject) ? readDescriptor(fields.subject, "subject") : undefined;
  return {
    digest: sha256Digest(createHash("sha256").update(bytes).digest("hex")),
    kind,
    mediaType,
    size: bytes.length,
    imageSize: sum(config === undefined ? layers : [config, ...layers]),
    ...(config !== undefined && { config, artifactMediaType: config.mediaType }),
    ...(artifactType !== undefined && { artifactType }),
    ...(subject !== undefined && { subject }),
    layers,
    manifests: readList(fields.manifests, "manifests"),
    annotations: readAnnotations(fields.annotations),
  };
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function readJson(bytes: Buffer): Fields {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw invalid("Invalid JSON syntax");
  }
  const value = parseJson(text, deepest);
  if (!isJsonObject(value)) throw invalid("Invalid JSON syntax");
  return value;
}

/** What the manifest says it is, which must be what the request says; else what the request says; else its shape. */
function mediaTypeOfManifest(fields: Fields, contentType: string | undefined): string {
  const given = contentType === undefined ? "" : mediaTypeOf(contentType);
  const own = fields.mediaType;
  if (isPresent(own)) {
    if (typeof own !== "string") throw invalid("mediaType must be a string");
    if (given !== "" && given !== own) {
      throw invalid(`mediaType '${own}' does not match the content type '${given}'`);
    }
    return own;
  }
  const mediaType = given !== "" ? given : isPresent(fields.manifests) ? ociIndex : ociManifest;
  // Only OCI lets a manifest leave it out.
  if (mediaType === dockerManifest || mediaType === dockerManifestList) throw invalid("mediaType is missing");
  return mediaType;
}

/**
 * INVARIANT: no document can be read as image and as index (CVE-2021-41190): otherwise
 * one digest would mean different things to different clients.
 */
function checkShape(fields: Fields, kind: ManifestKind): void {
  const foreign = kind === "image" ? ["manifests", "fsLayers"] : ["config", "layers", "fsLayers"];
  for (const name of foreign) {
    if (isPresent(fields[name])) throw invalid(`'${name}' does not belong into this kind of manifest`);
  }
  const required = kind === "image" ? "config" : "manifests";
  if (fields[required] === undefined) throw invalid(`'${required}' is missing`);
}

function layer(descriptor: Descriptor): Layer {
  return { ...descriptor, nonDistributable: isNonDistributable(descriptor.mediaType) };
}

function readList(value: Json | undefined, name: string): readonly Descriptor[] {
  if (!isPresent(value)) return [];
  if (!Array.isArray(value)) throw invalid(`'${name}' must be a list`);
  if (value.length > mostDescriptors) throw invalid(`'${name}' has more than ${mostDescriptors} entries`);
  return value.map((entry: Json, index) => readDescriptor(entry, `${name}[${index}]`));
}

function readDescriptor(value: Json | undefined, name: string): Descriptor {
  if (!isJsonObject(value)) throw invalid(`'${name}' must be a descriptor`);
  const { mediaType, digest, size } = value;
  if (typeof mediaType !== "string" || !isMediaType(mediaType)) {
    throw invalid(`'${name}.mediaType' must be a media type`);
  }
  if (typeof digest !== "string" || !isDigest(digest)) {
    throw invalid(`'${name}.digest' must be a SHA-256 digest`);
  }
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) {
    throw invalid(`'${name}.size' must be a number of bytes`);
  }
  return { mediaType, digest, size };
}

function optionalMediaType(value: Json | undefined, name: string): string | undefined {
  if (!isPresent(value) || value === "") return undefined;
  if (typeof value !== "string" || !isMediaType(value)) throw invalid(`'${name}' must be a media type`);
  return value;
}

function readAnnotations(value: Json | undefined): Readonly<Record<string, string>> {
  if (!isPresent(value)) return {};
  if (!isJsonObject(value)) throw invalid("'annotations' must be an object");
  const entries = Object.entries(value).map(([key, text]): [string, string] => {
    if (typeof text !== "string") throw invalid("Values of 'annotations' must be strings");
    return [key, text];
  });
  return Object.fromEntries(entries);
}

/** Some clients write null for what is absent. */
function isPresent(value: Json | undefined): value is Exclude<Json, null> {
  return value !== undefined && value !== null;
}

function sum(descriptors: readonly Descriptor[]): number {
  const total = descriptors.reduce((bytes, descriptor) => bytes + descriptor.size, 0);
  if (!Number.isSafeInteger(total)) throw invalid("Sizes add up to more than a registry can hold");
  return total;
}

function invalid(reason: string): Fault {
  return new Fault("MANIFEST_INVALID", reason, { status: 400 });
}
