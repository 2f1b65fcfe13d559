import type { Readable } from "node:stream";
import type { Digest } from "../../kernel/brand.ts";

/** A manifest as an upstream registry gave it, its digest computed over exactly these bytes. */
export interface UpstreamManifest {
  readonly bytes: Buffer;
  readonly digest: Digest;
  readonly mediaType: string;
}

/** A part of a blob as it comes. */
export interface UpstreamBlob {
  /** Bytes of the whole blob, where upstream says. */
  readonly size: number | undefined;
  /** From the byte that was asked for to the end. Breaks off when the connection does. */
  readonly bytes: Readable;
}

/**
 * A registry that images are pulled from, asked with the credentials of one rule.
 * Everything throws `UpstreamFailure`: `ImageNotFound` for what is not there.
 */
export interface Upstream {
  manifest(repository: string, reference: string): Promise<UpstreamManifest>;
  /** What a tag names, asked as cheaply as can be; `undefined` when upstream does not say. */
  digestOf(repository: string, tag: string): Promise<Digest | undefined>;
  /** The manifests that refer to one, at most `mostReferrers`; none also where there is no such manifest. */
  referrers(repository: string, subject: Digest): Promise<readonly Digest[]>;
  /** A blob from a byte on. */
  blob(repository: string, digest: Digest, from: number, signal: AbortSignal): Promise<UpstreamBlob>;
  /** Whether upstream answers and lets the credentials in. */
  check(): Promise<void>;
}
