import { day } from "../../../kernel/duration.ts";
import { type LifecyclePolicy, type LifecycleRule, meetsTagRequirement } from "./policy.ts";

/** What a lifecycle policy looks at in an image. Times are epoch ms. */
export interface LifecycleImage {
  readonly digest: string;
  readonly tags: readonly string[];
  readonly pushedAt: number;
  readonly pulledAt?: number;
  /** When it was last restored from the archive. */
  readonly activatedAt?: number;
  /** When it was archived; present while it is. */
  readonly archivedAt?: number;
  /** Digests of the indexes of the repository that list it. */
  readonly indexes: readonly string[];
  /** Digest of the image of the repository that it refers to (a signature, an SBOM). */
  readonly subject?: string;
}

/** What becomes of an image, and by which rule. */
export interface LifecycleAction {
  readonly digest: string;
  readonly type: LifecycleRule["action"];
  readonly priority: number;
}

/**
 * What a policy asks for at an instant, in an order in which it can be done: an index before the images it lists, a
 * subject before what refers to it ("Automate the cleanup of images by using lifecycle policies", ECR User Guide):
 *
 * 1. Every rule is evaluated against all images of its storage class, also those that other rules act on.
 * 2. The first rule whose tag requirement an image meets, by priority, is the only one that may act on it: either it
 *    does, or the image is safe from the rules behind it.
 * 3. An image that an index lists stays as it is while one of these indexes does.
 * 4. A reference artifact shares the fate of its subject; rules neither count nor select it.
 *
 * Takes time in proportion to images × rules, and n log n of the images for the order of their ages.
 */
export function planLifecycle(
  policy: LifecyclePolicy,
  images: readonly LifecycleImage[],
  now: number,
): readonly LifecycleAction[] {
  const byDigest = new Map(images.map((image) => [image.digest, image]));
  const ruled = images.filter((image) => !isReference(image, byDigest));
  const wanted = new Map<string, LifecycleAction>();
  const governed = new Set<string>();
  for (const rule of policy.rules) {
    const candidates = ruled.filter(
      (image) => storageClassOf(image) === rule.storageClass && meetsTagRequirement(rule.tags, image.tags),
    );
    for (const { digest } of beyondLimit(rule, candidates, now)) {
      if (!governed.has(digest)) wanted.set(digest, { digest, type: rule.action, priority: rule.priority });
    }
    for (const { digest } of candidates) governed.add(digest);
  }
  return inOrder(wanted, images, byDigest);
}

function storageClassOf(image: LifecycleImage): LifecycleRule["storageClass"] {
  return image.archivedAt === undefined ? "standard" : "archive";
}

/** The candidates that are too many, or too old. */
function beyondLimit(
  { limit }: LifecycleRule,
  candidates: readonly LifecycleImage[],
  now: number,
): readonly LifecycleImage[] {
  if ("keep" in limit) {
    return [...candidates]
      .sort((a, b) => ageFrom(b) - ageFrom(a) || (a.digest < b.digest ? -1 : 1))
      .slice(limit.keep);
  }
  const oldest = now - limit.days * day;
  return candidates.filter((image) => countedFrom(image, limit.since) < oldest);
}

/** Where an image's age begins when images are counted: archived, restored or pushed. */
function ageFrom(image: LifecycleImage): number {
  return image.archivedAt ?? image.activatedAt ?? image.pushedAt;
}

/** An image that was never pulled counts from its push; one that was restored is as good as pulled then. */
function countedFrom(image: LifecycleImage, since: "pushed" | "pulled" | "transitioned"): number {
  if (since === "pushed") return image.pushedAt;
  if (since === "transitioned") return image.archivedAt ?? image.pushedAt;
  const last = Math.max(image.pulledAt ?? 0, image.activatedAt ?? 0);
  return last === 0 ? image.pushedAt : last;
}

/**
 * Takes out what may not happen yet, adds what follows, and orders the rest: an image is decided once everything that
 * it depends on is. Digests cannot form a circle, so every image is decided.
 */
function inOrder(
  wanted: ReadonlyMap<string, LifecycleAction>,
  images: readonly LifecycleImage[],
  byDigest: ReadonlyMap<string, LifecycleImage>,
): readonly LifecycleAction[] {
  const waitsFor = ({ subject, indexes }: LifecycleImage): readonly string[] =>
    [...indexes, ...(subject === undefined ? [] : [subject])].filter((digest) => byDigest.has(digest));
  const open = new Map(images.map((image) => [image.digest, waitsFor(image).length]));
  const dependants = new Map<string, LifecycleImage[]>();
  for (const image of images) {
    for (const digest of waitsFor(image)) {
      const list = dependants.get(digest);
      if (list === undefined) dependants.set(digest, [image]);
      else list.push(image);
    }
  }
  const ready = images.filter((image) => open.get(image.digest) === 0);
  const decided = new Map<string, LifecycleAction>();
  // The list grows while it is walked.
  for (const image of ready) {
    const action = fateOf(image, wanted, decided, byDigest);
    if (action !== undefined) decided.set(image.digest, action);
    for (const dependant of dependants.get(image.digest) ?? []) {
      const left = (open.get(dependant.digest) ?? 0) - 1;
      open.set(dependant.digest, left);
      if (left === 0) ready.push(dependant);
    }
  }
  return [...decided.values()];
}

/** What becomes of an image when everything that it depends on is decided. */
function fateOf(
  image: LifecycleImage,
  wanted: ReadonlyMap<string, LifecycleAction>,
  decided: ReadonlyMap<string, LifecycleAction>,
  byDigest: ReadonlyMap<string, LifecycleImage>,
): LifecycleAction | undefined {
  const action = isReference(image, byDigest) ? decided.get(image.subject) : wanted.get(image.digest);
  if (action === undefined || (action.type === "archive" && image.archivedAt !== undefined)) return undefined;
  const held = image.indexes.some((digest) => {
    const index = byDigest.get(digest);
    const fate = decided.get(digest)?.type;
    if (index === undefined || fate === "expire") return false;
    return action.type === "expire" || (fate !== "archive" && index.archivedAt === undefined);
  });
  return held ? undefined : { ...action, digest: image.digest };
}

/** Whether an image only accompanies another one of the repository. */
function isReference(
  image: LifecycleImage,
  byDigest: ReadonlyMap<string, LifecycleImage>,
): image is LifecycleImage & { readonly subject: string } {
  return image.subject !== undefined && byDigest.has(image.subject);
}
