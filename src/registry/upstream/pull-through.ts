import type { BlobStore } from "../../blobs/types.ts";
import type { Client, PrepareContext } from "../../dispatch/context.ts";
import type { GuardedRequests } from "../../egress/guarded-request.ts";
import type { Arn, Digest } from "../../kernel/brand.ts";
import type { Clock } from "../../kernel/clock.ts";
import { minute } from "../../kernel/duration.ts";
import { isFault } from "../../kernel/fault.ts";
import type { RepositoryKey } from "../../services/ecr/arn.ts";
import { provisionRepository } from "../../services/ecr/creation-templates/provision-repository.ts";
import type { EcrDataPlane, ManifestFacts } from "../../services/ecr/data-plane.ts";
import { imageNotFound, layerNotFound, repositoryNotFound } from "../../services/ecr/faults.ts";
import { UpstreamFailure } from "../../services/ecr/pull-through/faults.ts";
import type {
  ArrivingLayer,
  PullThrough,
  UpstreamImage,
  UpstreamLayer,
} from "../../services/ecr/pull-through/ports.ts";
import {
  type PullThroughRule,
  pullThroughPrincipal,
  pullThroughSession,
  upstreamName,
} from "../../services/ecr/pull-through/rule.ts";
import { readSecret, type UpstreamCredentials } from "../../services/ecr/pull-through/secret.ts";
import { knownUpstream } from "../../services/ecr/pull-through/upstream-registries.ts";
import type { UpstreamAddresses } from "./addresses.ts";
import { createBearerTokens } from "./bearer-tokens.ts";
import { EcrUpstream } from "./ecr-upstream.ts";
import { HttpUpstream } from "./http-upstream.ts";
import { type ArrivingImage, beginImage, type ImageImport } from "./image-import.ts";
import { Lanes } from "./lanes.ts";
import { LayerDownload } from "./layer-download.ts";
import { createReferrerImports } from "./referrer-imports.ts";
import type { Session } from "./session.ts";
import type { Upstream } from "./upstream.ts";

/** Layers that one process downloads at once without anybody waiting for them. */
const backgroundLayers = 6;
/** How long an upstream that failed is not asked again whether a cached tag still stands, in ms. */
const restFor = minute;

export interface UpstreamPorts {
  readonly operations: () => EcrDataPlane;
  readonly blobs: BlobStore;
  readonly requests: GuardedRequests;
  readonly addresses: UpstreamAddresses;
  readonly clock: Clock;
  readonly log: {
    info(fields: object, message: string): void;
    error(fields: object, message: string): void;
  };
}

/** Pulling from upstream, and its end. */
export interface RunningPullThrough extends PullThrough {
  /** Breaks off what is on its way, and settles when it is. What was not stored whole is fetched anew by its next pull. */
  stop(): Promise<void>;
  /** Breaks off what is on its way and goes on with nothing known (the reset route). */
  forget(): Promise<void>;
}

/**
 * Pull through cache. Whatever many ask for at once is fetched once in this process: images by their reference, layers
 * by their digest, each until it is stored. (Several processes may each fetch it once.)
 */
export function createPullThrough(ports: UpstreamPorts): RunningPullThrough {
  const tokens = createBearerTokens(ports.clock);
  const lanes = new Lanes(backgroundLayers);
  const images = new Map<string, Promise<ArrivingImage>>();
  const layers = new Map<string, LayerDownload>();
  const checks = new Map<string, Promise<ManifestFacts | undefined>>();
  const work = new Set<Promise<unknown>>();
  const resting = new Map<string, number>();
  let stopping = new AbortController();

  /** Keeps sight of work that nobody may be waiting for. */
  function watch(promise: Promise<unknown>): void {
    const settled = promise.then(
      () => undefined,
      () => undefined,
    );
    work.add(settled);
    void settled.then(() => work.delete(settled));
  }

  function roleOf(ctx: PrepareContext, { account }: RepositoryKey | PullThroughRule): Client {
    return ctx.as({ servicePrincipal: pullThroughPrincipal, account, sessionName: pullThroughSession });
  }

  function ecrUpstream(ctx: PrepareContext, rule: PullThroughRule): Upstream | undefined {
    const registry = knownUpstream(rule.upstreamRegistryUrl)?.registry;
    if (registry === undefined || ports.addresses.isMirrored(rule.upstreamRegistryUrl)) return undefined;
    const { account, customRoleArn } = rule;
    const client =
      customRoleArn === undefined
        ? roleOf(ctx, rule)
        : ctx.as({
            servicePrincipal: pullThroughPrincipal,
            account,
            sessionName: pullThroughSession,
            roleArn: customRoleArn as Arn,
          });
    return new EcrUpstream({ client, operations: ports.operations(), blobs: ports.blobs, registry });
  }

  function httpUpstream(rule: PullThroughRule, credentials: UpstreamCredentials | undefined): Upstream {
    const { requests, addresses, clock } = ports;
    const base = addresses.baseOf(rule.upstreamRegistryUrl);
    if (base === undefined) throw new UpstreamFailure("UpstreamUnavailable");
    return new HttpUpstream({ base, credentials, requests, tokens, clock });
  }

  async function openUpstream(ctx: PrepareContext, rule: PullThroughRule): Promise<Upstream> {
    const inside = ecrUpstream(ctx, rule);
    if (inside !== undefined) return inside;
    const { credentialArn } = rule;
    const credentials =
      credentialArn === undefined ? undefined : await readSecret(roleOf(ctx, rule), credentialArn);
    return httpUpstream(rule, credentials);
  }

  /** The role makes sure of its own permissions first: nothing is answered that could not be stored. */
  async function open(
    ctx: PrepareContext,
    { repository, rule }: Pick<UpstreamImage, "repository" | "rule">,
  ): Promise<Session> {
    const role = roleOf(ctx, repository);
    const { account: registryId, name: repositoryName } = repository;
    await role.invoke(ports.operations().admitUpstreamImage, { registryId, repositoryName });
    try {
      const upstream = await openUpstream(ctx, rule);
      return { rule, repository, upstreamRepository: upstreamName(rule, repositoryName), upstream, role };
    } catch (error) {
      // A secret that cannot be read lets nobody in.
      if (isFault(error) && !(error instanceof UpstreamFailure))
        throw new UpstreamFailure("UpstreamAccessDenied", error);
      throw error;
    }
  }

  /** AWS: without leave to import, the image is simply not there. */
  async function needLeave(ctx: PrepareContext, repository: RepositoryKey, reference: string): Promise<void> {
    const { account: registryId, name: repositoryName } = repository;
    const input = { registryId, repositoryName, reference };
    try {
      await ctx.forward("ecr.amazonaws.com").invoke(ports.operations().importUpstreamImage, input);
    } catch (error) {
      if (isFault(error, "AccessDenied")) throw imageNotFound(repository, nameOf(reference));
      throw error;
    }
  }

  /** AWS: a repository that may not be created is simply not there. */
  async function provide(ctx: PrepareContext, repository: RepositoryKey): Promise<void> {
    const { account: registryId, name: repositoryName } = repository;
    const wanted = { registryId, repositoryName, appliedFor: "PULL_THROUGH_CACHE" } as const;
    try {
      await provisionRepository(ctx.forward("ecr.amazonaws.com"), ports.operations(), wanted);
    } catch (error) {
      if (isFault(error, "RepositoryAlreadyExistsException")) return;
      if (isFault(error, "AccessDenied")) throw repositoryNotFound(repository);
      throw error;
    }
  }

  /** The download of a layer: the one that is on its way, or a new one that gets its turn. */
  function downloadOf(session: Session, digest: Digest, size: number | undefined): LayerDownload {
    const key = keyOf(session.repository, digest);
    const running = layers.get(key);
    if (running !== undefined) return running;
    const { blobs } = ports;
    const { signal } = stopping;
    const download = new LayerDownload({
      ...session,
      digest,
      size,
      operations: ports.operations(),
      blobs,
      signal,
    });
    layers.set(key, download);
    // Whoever asks for its bytes begins it at once, whatever its turn.
    watch(lanes.run(() => download.begin()));
    watch(download.stored.finally(() => layers.delete(key)));
    return download;
  }

  /** The image and all it refers to, each layer and each image once. */
  function importImage(asked: Pick<ImageImport, "session" | "reference" | "announced" | "ready">) {
    const { session } = asked;
    return beginImage({
      ...asked,
      operations: ports.operations(),
      layer: (digest, size) => downloadOf(session, digest, size).stored,
      image: async (digest) => {
        const key = keyOf(session.repository, digest);
        const child = await shared(key, () => importImage({ session, reference: digest, announced: false }));
        await child.stored;
      },
    });
  }

  /** Joins the import of an image, or begins it; it is shared until the image is stored. */
  function shared(key: string, begin: () => Promise<ArrivingImage>): Promise<ArrivingImage> {
    const running = images.get(key);
    if (running !== undefined) return running;
    const begun = begin();
    images.set(key, begun);
    const whole = begun.then((image) => image.stored);
    watch(whole.finally(() => images.delete(key)));
    return begun;
  }

  async function image(ctx: PrepareContext, wanted: UpstreamImage): Promise<ManifestFacts> {
    const { repository, reference, absent } = wanted;
    const key = keyOf(repository, reference);
    await needLeave(ctx, repository, reference);
    try {
      const joined = await images.get(key)?.catch((error: unknown) => {
        // The puller who began it could not create the repository; this one may.
        if (!isFault(error, "RepositoryNotFoundException")) throw error;
        return undefined;
      });
      if (joined !== undefined) return joined.manifest;
      const arriving = await shared(key, async () => {
        const stored = await wanted.stored();
        if (stored !== undefined) return { manifest: stored, stored: Promise.resolve() };
        const session = await open(ctx, wanted);
        const ready = absent ? () => provide(ctx, repository) : undefined;
        return await importImage({ session, reference, announced: true, ready });
      });
      // What was asked for by its tag is soon asked for by its digest.
      await shared(keyOf(repository, arriving.manifest.digest), async () => arriving);
      return arriving.manifest;
    } catch (error) {
      if (isFault(error, "ImageNotFound")) throw imageNotFound(repository, nameOf(reference));
      throw error;
    }
  }

  async function layer(ctx: PrepareContext, wanted: UpstreamLayer): Promise<ArrivingLayer> {
    const { repository, digest } = wanted;
    let download = layers.get(keyOf(repository, digest));
    if (download === undefined) {
      if (wanted.absent) throw repositoryNotFound(repository);
      await needLeave(ctx, repository, digest);
      const session = await open(ctx, wanted);
      download = downloadOf(session, digest, undefined);
    }
    try {
      await download.answered();
    } catch (error) {
      throw isFault(error, "ImageNotFound") ? layerNotFound(repository, digest) : error;
    }
    const arriving = download;
    return {
      digest,
      size: arriving.size,
      read: arriving.alreadyStored ? undefined : (range) => arriving.read(range),
      stored: arriving.stored,
    };
  }

  async function check(ctx: PrepareContext, wanted: UpstreamImage, cached: Digest) {
    const { repository, rule, reference: tag } = wanted;
    try {
      await needLeave(ctx, repository, tag);
      const session = await open(ctx, wanted);
      const current = await currentDigest(session, tag, cached);
      if (current === cached) {
        await noteCheck(session, tag);
        return undefined;
      }
      return await image(ctx, wanted);
    } catch (error) {
      if (!isFault(error)) throw error;
      // Without leave, and when upstream cannot say: what is cached stands.
      if (error instanceof UpstreamFailure) {
        resting.set(rule.upstreamRegistryUrl, ports.clock.now() + restFor);
        ports.log.info({ err: error, repository, tag }, "a cached tag could not be held against upstream");
      }
      return undefined;
    }
  }

  async function currentDigest(session: Session, tag: string, cached: Digest): Promise<Digest> {
    const { upstream, upstreamRepository } = session;
    try {
      const named = await upstream.digestOf(upstreamRepository, tag);
      return named ?? (await upstream.manifest(upstreamRepository, tag)).digest;
    } catch (error) {
      // The tag is gone there: what is cached stands.
      if (isFault(error, "ImageNotFound")) return cached;
      throw error;
    }
  }

  async function noteCheck({ role, repository }: Session, tag: string): Promise<void> {
    const { account: registryId, name: repositoryName } = repository;
    await role.invoke(ports.operations().noteUpstreamCheck, { registryId, repositoryName, tag });
  }

  async function renewed(ctx: PrepareContext, wanted: UpstreamImage, cached: Digest) {
    const { repository, rule, reference } = wanted;
    const key = keyOf(repository, reference);
    // A new image that is still arriving is not in the rows yet. Without leave to import, what is cached stands.
    if (images.has(key)) return await image(ctx, wanted).catch(unlessFault);
    if ((resting.get(rule.upstreamRegistryUrl) ?? 0) > ports.clock.now()) return undefined;
    let running = checks.get(key);
    if (running === undefined) {
      running = check(ctx, wanted, cached).finally(() => checks.delete(key));
      checks.set(key, running);
    }
    return await running;
  }

  const referrers = createReferrerImports({
    clock: ports.clock,
    needLeave: (ctx, { repository, subject }) => needLeave(ctx, repository, subject),
    open,
    async bring(session, digest) {
      const key = keyOf(session.repository, digest);
      const arriving = await shared(key, () => importImage({ session, reference: digest, announced: true }));
      await arriving.stored;
    },
    watch,
  });

  async function idle(): Promise<void> {
    while (work.size > 0) await Promise.all(work);
  }

  return {
    allows: ports.addresses.allows,
    image,
    layer,
    renewed,
    referrers: referrers.bring,
    check: async (ctx, rule) => (await openUpstream(ctx, rule)).check(),
    async forget() {
      stopping.abort();
      await idle();
      resting.clear();
      referrers.forget();
      tokens.clear();
      stopping = new AbortController();
    },
    async stop() {
      stopping.abort();
      await idle();
      ports.requests.close();
    },
  };
}

function unlessFault(error: unknown): undefined {
  if (!isFault(error)) throw error;
}

/** None of the parts can hold a space. */
function keyOf({ account, region, name }: RepositoryKey, reference: string): string {
  return `${account} ${region} ${name} ${reference}`;
}

function nameOf(reference: string): { readonly imageDigest?: string; readonly imageTag?: string } {
  return reference.includes(":") ? { imageDigest: reference } : { imageTag: reference };
}
