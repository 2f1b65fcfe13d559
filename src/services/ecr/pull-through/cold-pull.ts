import type { PrepareContext } from "../../../dispatch/context.ts";
import type { Digest } from "../../../kernel/brand.ts";
import { isDigest } from "../../../kernel/digest.ts";
import { day } from "../../../kernel/duration.ts";
import type { RepositoryKey } from "../arn.ts";
import type { ManifestFacts } from "../data-plane.ts";
import { findManifest, imageNamed, type StoredManifest } from "../images/images.ts";
import { isImmutable } from "../images/tag-mutability.ts";
import type { EcrPorts } from "../ports.ts";
import { findRepository } from "../repositories/repository.ts";
import type { ArrivingLayer } from "./ports.ts";
import { findRule, pullThroughPrincipal } from "./rule.ts";

/** AWS: a tag is held against upstream when the last time was more than a day ago (User Guide, "Pull through cache"). */
const freshFor = day;

/**
 * An image that the repository lacks, when a pull through cache rule covers it.
 * @returns `undefined` when no rule does: the image is simply not there.
 * @throws Fault as `PullThrough.image`.
 */
export async function coldImage(
  { pullThrough }: EcrPorts,
  ctx: PrepareContext,
  repository: RepositoryKey,
  reference: string,
): Promise<ManifestFacts | undefined> {
  if (pullThrough === undefined || isPullThrough(ctx)) return undefined;
  const rule = await findRule(ctx.rows, repository);
  if (rule === undefined) return undefined;
  const absent = (await findRepository(ctx.rows, repository)) === undefined;
  const stored = async () => storedImage(ctx, repository, reference);
  return await pullThrough.image(ctx, { repository, rule, absent, reference, stored });
}

/** A layer that the repository lacks, when a pull through cache rule covers it; else `undefined`. */
export async function coldLayer(
  { pullThrough }: EcrPorts,
  ctx: PrepareContext,
  repository: RepositoryKey,
  digest: Digest,
): Promise<ArrivingLayer | undefined> {
  if (pullThrough === undefined || isPullThrough(ctx)) return undefined;
  const rule = await findRule(ctx.rows, repository);
  if (rule === undefined) return undefined;
  const absent = (await findRepository(ctx.rows, repository)) === undefined;
  return await pullThrough.layer(ctx, { repository, rule, absent, digest });
}

/**
 * What a cached tag names by now, when it is time to ask.
 * @param asked whether the caller wants to know at once (an extension: `Cache-Control: no-cache`).
 * @returns `undefined` when what is cached stands.
 */
export async function renewedImage(
  { pullThrough }: EcrPorts,
  ctx: PrepareContext,
  repository: RepositoryKey,
  tag: string,
  cached: StoredManifest,
  asked: boolean,
): Promise<ManifestFacts | undefined> {
  const checkedAt = cached.upstream_checked_at;
  if (pullThrough === undefined || isDigest(tag) || typeof checkedAt !== "number") return undefined;
  if (!asked && ctx.now - checkedAt < freshFor) return undefined;
  if (isPullThrough(ctx)) return undefined;
  const rule = await findRule(ctx.rows, repository);
  if (rule === undefined) return undefined;
  // AWS: an immutable tag stays what it is.
  const { mutability } = (await findRepository(ctx.rows, repository)) ?? {};
  if (mutability === undefined || isImmutable(mutability, tag)) return undefined;
  const stored = async () => undefined;
  const wanted = { repository, rule, absent: false, reference: tag, stored };
  return await pullThrough.renewed(ctx, wanted, cached.digest as Digest);
}

async function storedImage(
  ctx: PrepareContext,
  repository: RepositoryKey,
  reference: string,
): Promise<ManifestFacts | undefined> {
  const found = await findManifest(ctx.rows, repository, imageNamed(reference));
  return found && { digest: found.digest as Digest, mediaType: found.media_type, bytes: found.manifest };
}

/**
 * INVARIANT: pulling through never leads to pulling through. Two registries with rules for one another would wait for
 * each other.
 */
export function isPullThrough({ principal }: PrepareContext): boolean {
  return principal.type === "AssumedRole" && principal.invokedBy === pullThroughPrincipal;
}
