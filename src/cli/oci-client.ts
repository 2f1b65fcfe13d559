import { createHash } from "node:crypto";
import type { Digest } from "../kernel/brand.ts";
import { isDigest, sha256Digest } from "../kernel/digest.ts";
import { isJsonObject, parseJson } from "../kernel/json.ts";
import { mediaTypeOf } from "../registry/negotiate.ts";
import { type Descriptor, manifestDigest, readManifest } from "../services/ecr/images/manifest.ts";
import {
  dockerManifest,
  dockerManifestList,
  isForeignLayer,
  ociIndex,
  ociManifest,
} from "../services/ecr/images/media-type.ts";
import { imageConfig } from "./sample-image.ts";

/** A repository of a registry, and how to be let in. */
export interface RepositoryTarget {
  /** Where the registry is: `http://127.0.0.1:4566`. */
  readonly registry: string;
  /** As it stands in the path: `team/app`, or `<account>.<region>/team/app` in path form. */
  readonly repository: string;
  /** The `Authorization` header: `Basic …`. */
  readonly authorization: string;
  /** Ends the work early. */
  readonly signal?: AbortSignal;
}

export interface PushOptions extends RepositoryTarget {
  /** The tag; pushed by digest alone when left out. */
  readonly reference?: string;
  /** Gzipped tar archives, lowest first. */
  readonly layers: readonly Buffer[];
  /** OCI image configuration; one that fits the layers when left out. */
  readonly config?: Buffer;
}

export interface PullOptions extends RepositoryTarget {
  /** A tag or a digest. */
  readonly reference: string;
}

/** An image as it was pulled; every byte was held against its digest. */
export interface PulledImage {
  readonly digest: Digest;
  readonly mediaType: string;
  /** The manifest's own bytes. */
  readonly manifest: Buffer;
  /** Absent for an index. */
  readonly config?: Buffer;
  /** Without those that the registry need not have. */
  readonly layers: readonly Buffer[];
  /** The images of an index. */
  readonly images: readonly PulledImage[];
}

/** What a registry answered instead of what was asked for, or content that is not what its digest says. */
export class RegistryError extends Error {
  /** The HTTP status. */
  readonly status: number;
  /** The first error code of the body, e.g. `NAME_UNKNOWN`; empty when there is none. */
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = "RegistryError";
    this.status = status;
    this.code = code;
  }
}

const configType = "application/vnd.oci.image.config.v1+json";
const layerType = "application/vnd.oci.image.layer.v1.tar+gzip";
/** Indexes in indexes that a pull follows. */
const deepest = 4;

/** Pushes an image as docker does: blobs that are missing, then the manifest. Throws `RegistryError`. */
export async function pushImage(options: PushOptions): Promise<{ readonly digest: Digest }> {
  const config = options.config ?? imageConfig(options.layers);
  const layers: Descriptor[] = [];
  for (const layer of options.layers) layers.push(await pushBlob(options, layerType, layer));
  const manifest = {
    schemaVersion: 2,
    mediaType: ociManifest,
    config: await pushBlob(options, configType, config),
    layers,
  };
  const digest = await pushManifest(
    options,
    options.reference,
    ociManifest,
    Buffer.from(JSON.stringify(manifest)),
  );
  return { digest };
}

/** Pushes a manifest or index whose parts are there, under a tag or under its digest. Throws `RegistryError`. */
export async function pushManifest(
  target: RepositoryTarget,
  reference: string | undefined,
  mediaType: string,
  manifest: Buffer,
): Promise<Digest> {
  const digest = manifestDigest(manifest);
  const response = await send(target, `manifests/${reference ?? digest}`, {
    method: "PUT",
    headers: { "content-type": mediaType },
    body: manifest,
  });
  if (response.status !== 201) throw await refusal(response);
  const answered = response.headers.get("docker-content-digest");
  if (answered !== null && answered !== digest) throw damaged(response, digest, answered);
  await response.arrayBuffer();
  return digest;
}

/** Pulls an image, or an index with all its images, and checks every digest and size. Throws `RegistryError`, and `InvalidParameterException` for what is no manifest. */
export function pullImage(options: PullOptions): Promise<PulledImage> {
  return pull(options, options.reference, deepest);
}

async function pull(target: RepositoryTarget, reference: string, depth: number): Promise<PulledImage> {
  const response = await send(target, `manifests/${reference}`, {
    headers: { accept: [ociManifest, ociIndex, dockerManifest, dockerManifestList].join(", ") },
  });
  if (response.status !== 200) throw await refusal(response);
  const bytes = Buffer.from(await response.arrayBuffer());
  const digest = manifestDigest(bytes);
  checkDigest(response, reference, digest);
  const manifest = readManifest(bytes, mediaTypeOf(response.headers.get("content-type") ?? "") || undefined);
  if (manifest.children.length > 0 && depth === 0) {
    throw new RegistryError(response.status, "", `${reference}: indexes in indexes, too deep`);
  }
  const layers: Buffer[] = [];
  for (const layer of manifest.layers) {
    if (!isForeignLayer(layer.mediaType)) layers.push(await pullBlob(target, layer));
  }
  const images: PulledImage[] = [];
  for (const child of manifest.children) images.push(await pull(target, child.digest, depth - 1));
  const config = manifest.config === undefined ? undefined : await pullBlob(target, manifest.config);
  return { digest, mediaType: manifest.mediaType, manifest: bytes, config, layers, images };
}

/** The bytes must be what was asked for by digest, or what the registry says a tag names. */
function checkDigest(response: Response, reference: string, digest: Digest): void {
  const expected = isDigest(reference) ? reference : response.headers.get("docker-content-digest");
  if (expected !== null && expected !== digest) throw damaged(response, expected, digest);
}

async function pullBlob(target: RepositoryTarget, blob: Descriptor): Promise<Buffer> {
  const response = await send(target, `blobs/${blob.digest}`, {});
  if (response.status !== 200) throw await refusal(response);
  const bytes = Buffer.from(await response.arrayBuffer());
  const digest = blobDigest(bytes);
  if (digest !== blob.digest || bytes.length !== blob.size) throw damaged(response, blob.digest, digest);
  return bytes;
}

/** Uploads a blob in one piece (OCI distribution-spec, "POST then PUT") unless the repository has it. */
async function pushBlob(target: RepositoryTarget, mediaType: string, bytes: Buffer): Promise<Descriptor> {
  const digest = blobDigest(bytes);
  const descriptor = { mediaType, digest, size: bytes.length };
  const known = await send(target, `blobs/${digest}`, { method: "HEAD" });
  if (known.status === 200) return descriptor;
  const begun = await send(target, "blobs/uploads/", { method: "POST" });
  const location = begun.headers.get("location");
  if (begun.status !== 202 || location === null) throw await refusal(begun);
  await begun.arrayBuffer();
  const url = new URL(location, begun.url);
  url.searchParams.set("digest", digest);
  const done = await request(target, url, {
    method: "PUT",
    headers: { "content-type": "application/octet-stream" },
    body: bytes,
  });
  if (done.status !== 201) throw await refusal(done);
  await done.arrayBuffer();
  return descriptor;
}

interface RequestOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

function send(target: RepositoryTarget, path: string, options: RequestOptions): Promise<Response> {
  return request(target, new URL(`/v2/${target.repository}/${path}`, target.registry), options);
}

/**
 * Sends one request. Credentials go to the registry alone: not to another host that `Location` names, nor, by the
 * rules of `fetch`, to one that a redirect leads to.
 */
function request(target: RepositoryTarget, url: URL, options: RequestOptions): Promise<Response> {
  const ours = url.origin === new URL(target.registry).origin;
  return fetch(url, {
    method: options.method ?? "GET",
    headers: { ...options.headers, ...(ours && { authorization: target.authorization }) },
    // No buffer here lies in shared memory, which fetch does not take.
    body: options.body as Buffer<ArrayBuffer> | undefined,
    signal: target.signal,
  });
}

/** The registry's own words (OCI distribution-spec, "Error Codes"), or the status when it has none. */
async function refusal(response: Response): Promise<RegistryError> {
  const body = parseJson(await response.text());
  const first = isJsonObject(body) && Array.isArray(body.errors) ? body.errors[0] : undefined;
  const code = isJsonObject(first) && typeof first.code === "string" ? first.code : "";
  const message =
    isJsonObject(first) && typeof first.message === "string"
      ? first.message
      : `${response.status} ${response.statusText}`.trim();
  return new RegistryError(response.status, code, message);
}

function damaged(response: Response, expected: string, got: string): RegistryError {
  return new RegistryError(response.status, "DIGEST_INVALID", `expected ${expected}, got ${got}`);
}

function blobDigest(bytes: Buffer): Digest {
  return sha256Digest(createHash("sha256").update(bytes).digest("hex"));
}
