import type { Readable } from "node:stream";
import type { ByteRange } from "../../../blobs/types.ts";
import type { PrepareContext } from "../../../dispatch/context.ts";
import type { Digest } from "../../../kernel/brand.ts";
import type { RepositoryKey } from "../arn.ts";
import type { ManifestFacts } from "../data-plane.ts";
import type { PullThroughRule } from "./rule.ts";

/** What a pull asks of an upstream registry. */
export interface UpstreamImage {
  /** Where it will be cached. */
  readonly repository: RepositoryKey;
  readonly rule: PullThroughRule;
  /** Whether there is no such repository yet. */
  readonly absent: boolean;
  /** A digest or a tag. */
  readonly reference: string;
  /** Looks once more whether the repository has it: another pull may just have ended. */
  stored(): Promise<ManifestFacts | undefined>;
}

export interface UpstreamLayer {
  readonly repository: RepositoryKey;
  readonly rule: PullThroughRule;
  /** Whether there is no such repository yet. */
  readonly absent: boolean;
  readonly digest: Digest;
}

/** What a list of referrers asks of an upstream registry. */
export interface UpstreamReferrers {
  readonly repository: RepositoryKey;
  readonly rule: PullThroughRule;
  /** The image that they refer to. */
  readonly subject: Digest;
}

/** A layer that is stored, or on its way from upstream. */
export interface ArrivingLayer {
  readonly digest: Digest;
  /** Bytes; `undefined` while upstream does not say. */
  readonly size: number | undefined;
  /**
   * The bytes, or a part of them, as they come. The stream breaks when the layer fails to arrive; its end means that
   * every byte has been held against the digest. `undefined` when the layer is stored: read it from the blob store.
   */
  readonly read: ((range?: ByteRange) => Readable) | undefined;
  /** Settles when the layer is stored, or with what kept it from arriving. */
  readonly stored: Promise<void>;
}

/**
 * Pulls what registries cache from upstream registries. Everything is done in the caller's name (its permission to
 * import, its permission to create the repository) or as AWSServiceRoleForECRPullThroughCache.
 */
export interface PullThrough {
  /** Whether rules may name this URL besides AWS's own list of registries. */
  allows(upstreamRegistryUrl: string): boolean;
  /**
   * An image that the repository lacks: its manifest now, the rest of it in the background.
   * @throws Fault `AccessDenied`, `RepositoryNotFoundException`, `ImageNotFoundException`, `UpstreamFailure`'s codes.
   */
  image(ctx: PrepareContext, wanted: UpstreamImage): Promise<ManifestFacts>;
  /**
   * Holds a cached tag against upstream.
   * @returns what the tag names now when that is another image; `undefined` when the cached one stands, also when
   * upstream cannot be asked. Never throws for a reason of upstream's.
   */
  renewed(ctx: PrepareContext, wanted: UpstreamImage, cached: Digest): Promise<ManifestFacts | undefined>;
  /**
   * A layer that the repository lacks.
   * @throws Fault as `image` does; `LayersNotFoundException`.
   */
  layer(ctx: PrepareContext, wanted: UpstreamLayer): Promise<ArrivingLayer>;
  /**
   * Brings what upstream has about an image, and settles when it is stored. Nothing comes without the caller's leave to
   * import, nor twice within a minute.
   * @throws Fault `UpstreamFailure`'s codes.
   */
  referrers(ctx: PrepareContext, wanted: UpstreamReferrers): Promise<void>;
  /** Whether upstream answers and lets the rule's credentials in. Throws a fault that says why not. */
  check(ctx: PrepareContext, rule: PullThroughRule): Promise<void>;
}
