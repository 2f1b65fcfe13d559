import type { Digest } from "../../kernel/brand.ts";
import { isDigest } from "../../kernel/digest.ts";
import { isFault } from "../../kernel/fault.ts";
import type { EcrDataPlane, ManifestFacts } from "../../services/ecr/data-plane.ts";
import { requiredLayers } from "../../services/ecr/images/manifest.ts";
import { type ReadImage, readImage } from "../../services/ecr/images/push.ts";
import { unableToGetUpstreamImage } from "../../services/ecr/pull-through/faults.ts";
import type { Session } from "./session.ts";
import type { UpstreamManifest } from "./upstream.ts";

/** An image from upstream: its manifest is here, the rest is on its way. */
export interface ArrivingImage {
  readonly manifest: ManifestFacts;
  /** Settles when the image is stored with all it refers to, or with what kept it from it. */
  readonly stored: Promise<void>;
}

export interface ImageImport {
  readonly session: Session;
  /** A digest or a tag. */
  readonly reference: string;
  /** Whether it was asked for itself, and not as a part of an index: then an event tells of it. */
  readonly announced: boolean;
  /** Done when the manifest is here and before anything is stored. */
  readonly ready?: (() => Promise<void>) | undefined;
  readonly operations: Pick<EcrDataPlane, "storeUpstreamImage" | "reportUpstreamFailure">;
  /** Brings a layer into the repository. */
  layer(digest: Digest, size: number): Promise<void>;
  /** Brings an image of an index into the repository. */
  image(digest: Digest): Promise<void>;
}

/** Images of an index that are fetched at once. */
const imagesAtOnce = 4;

/**
 * Fetches a manifest and begins to store the image.
 * @throws Fault `UpstreamFailure`'s codes, `UnableToGetUpstreamImageException`, and what `ready` throws.
 */
export async function beginImage(work: ImageImport): Promise<ArrivingImage> {
  const { session, reference } = work;
  let image: ReadImage;
  try {
    image = readManifest(await session.upstream.manifest(session.upstreamRepository, reference));
  } catch (error) {
    await report(work, undefined, error);
    throw error;
  }
  await work.ready?.();
  const { bytes, digest, manifest } = image;
  const stored = store(work, image);
  stored.catch(() => undefined);
  return { manifest: { digest, mediaType: manifest.mediaType, bytes }, stored };
}

/** What upstream calls a manifest but cannot be stored here: Docker's schema 1, for one. */
function readManifest({ bytes, mediaType, digest }: UpstreamManifest): ReadImage {
  try {
    return readImage(bytes, mediaType === "" ? undefined : mediaType, digest);
  } catch (error) {
    if (isFault(error)) throw unableToGetUpstreamImage(error.message, error);
    throw error;
  }
}

/** Layers and images first, then the manifest that names them. */
async function store(work: ImageImport, image: ReadImage): Promise<void> {
  const { session, reference, operations } = work;
  const { manifest, bytes, digest } = image;
  try {
    await Promise.all(requiredLayers(manifest).map((layer) => work.layer(layer.digest, layer.size)));
    const children = [...new Set(manifest.children.map((child) => child.digest))];
    await eachOf(children, imagesAtOnce, (child) => work.image(child));
    await session.role.invoke(operations.storeUpstreamImage, {
      registryId: session.repository.account,
      repositoryName: session.repository.name,
      digest,
      bytes,
      mediaType: manifest.mediaType,
      ...(isDigest(reference) ? {} : { tag: reference }),
      ...(work.announced ? { rule: session.rule } : {}),
    });
  } catch (error) {
    await report(work, digest, error);
    throw error;
  }
}

/** Tells of a failure. That an image is not there upstream is none. */
async function report(work: ImageImport, digest: Digest | undefined, error: unknown): Promise<void> {
  if (!work.announced || !isFault(error) || (digest === undefined && isFault(error, "ImageNotFound"))) return;
  const { session, reference, operations } = work;
  const { account: registryId, name: repositoryName } = session.repository;
  const failure = { code: error.code, reason: error.message };
  const tag = isDigest(reference) ? {} : { tag: reference };
  const known = digest ?? (isDigest(reference) ? reference : undefined);
  const what = { rule: session.rule, ...tag, ...(known === undefined ? {} : { digest: known }), failure };
  // A role that is refused everything cannot tell of it either.
  await session.role
    .invoke(operations.reportUpstreamFailure, { registryId, repositoryName, ...what })
    .catch(() => undefined);
}

/** Works on the items, a bounded number at once; the first failure ends it. */
export async function eachOf<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lanes = Array.from({ length: Math.min(atOnce, items.length) }, async () => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await work(item);
  });
  await Promise.all(lanes);
}
