import { X509Certificate } from "node:crypto";
import type { BlobStore } from "../../../blobs/types.ts";
import type { InternalOperation } from "../../../dispatch/operation.ts";
import { isAccountId } from "../../../kernel/account.ts";
import type { Digest } from "../../../kernel/brand.ts";
import { Fault } from "../../../kernel/fault.ts";
import { isRegion } from "../../../kernel/region.ts";
import type { Sealer } from "../../../store/types.ts";
import * as keys from "../data-plane/site-keys.ts";
import * as receiving from "../data-plane/site-receiving.ts";
import * as regions from "../data-plane/site-regions.ts";
import * as sending from "../data-plane/site-sending.ts";
import type { RepositoryInput } from "../data-plane.ts";
import type { RepositoryBlobs } from "../encryption/vault.ts";

/**
 * Replication between sites (docs/decisions/other-roadsteads-as-regions.md): regions that another Roadstead serves, the
 * keys by which sites know each other, and both sides of a copy. Internal operations, each only for
 * replication.ecr.amazonaws.com.
 */
export interface SiteOperations {
  /** Names the Roadstead that serves a region. `ValidationException`. */
  readonly addRemoteRegion: InternalOperation<AddRemoteRegionInput, unknown, RemoteRegion>;
  /** Takes a region back. `NotFound`. */
  readonly removeRemoteRegion: InternalOperation<{ readonly region: string }, unknown, void>;
  /** Regions in order of their names. */
  readonly listRemoteRegions: InternalOperation<object, never, readonly RemoteRegion[]>;
  /** How to reach the site that serves a region; `undefined` for a region of this site. Not recorded. */
  readonly findRemoteRegion: InternalOperation<{ readonly region: string }, never, SiteLink | undefined>;
  /** Makes a key for another site. The answer is the only time that the secret is shown. `ValidationException`. */
  readonly issueSiteKey: InternalOperation<IssueSiteKeyInput, unknown, IssuedSiteKey>;
  /** Makes a key worthless, from the next request on. `NotFound`. */
  readonly revokeSiteKey: InternalOperation<{ readonly id: string }, unknown, void>;
  /** Keys in the order in which they were issued, revoked ones included. */
  readonly listSiteKeys: InternalOperation<object, never, readonly SiteKey[]>;
  /** The accounts whose roles a key may present; `undefined` for one that is unknown or revoked. Not recorded. */
  readonly openSiteKey: InternalOperation<{ readonly key: string }, never, SiteKey | undefined>;
  /**
   * Source: an image with all it references, what is referenced first. ecr:ReplicateImage of the role's own policy on
   * the destination; what the destination's policies say is asked there. `ImageNotFoundException`.
   */
  readonly exportImage: InternalOperation<ExportInput, never, ExportedImage>;
  /** Source: whether a deletion still stands. Permission as `exportImage`. */
  readonly confirmDeletion: InternalOperation<ExportInput, never, boolean>;
  /** Destination: how much of a layer is there. ecr:ReplicateImage. */
  readonly openReplicaLayer: InternalOperation<ReplicaLayerInput, unknown, LayerProgress>;
  /** Destination: the next bytes of a layer, from `offset` on. ecr:ReplicateImage. `RANGE_INVALID`, `DIGEST_INVALID`. */
  readonly receiveReplicaLayer: InternalOperation<ReceiveLayerInput, unknown, LayerProgress>;
  /** Destination: a manifest whose layers and children are there. ecr:ReplicateImage. */
  readonly receiveReplicaManifest: InternalOperation<
    ReceiveManifestInput,
    unknown,
    { readonly tagged: boolean }
  >;
  /** Destination: a deletion that stood at the source when it was sent. ecr:ReplicateImage. */
  readonly receiveReplicaDeletion: InternalOperation<ReceiveDeletionInput, unknown, void>;
}

export interface SitePorts {
  readonly repositoryBlobs: RepositoryBlobs;
  readonly sealer: Sealer;
}

/** Makes the operations. Once per process: operations are told apart by identity. */
export function createSiteOperations(ports: SitePorts): SiteOperations {
  return {
    ...regions.regionOperations(ports),
    ...keys.keyOperations,
    ...sending.sendingOperations(ports),
    ...receiving.receivingOperations(ports),
  };
}

export interface AddRemoteRegionInput {
  readonly region: string;
  readonly url: string;
  readonly key: string;
  /** PEM. */
  readonly ca?: string | undefined;
  /** Lets the link be plain HTTP to another machine. */
  readonly allowPlainHttp?: boolean | undefined;
}

export interface RemoteRegion {
  readonly region: string;
  readonly url: string;
  /** Whether an authority of its own vouches for the site. */
  readonly ownAuthority: boolean;
  /** Epoch ms. */
  readonly addedAt: number;
}

/** How to reach another site. Holds a secret. */
export interface SiteLink {
  readonly url: string;
  readonly key: string;
  readonly ca: string | undefined;
}

export interface IssueSiteKeyInput {
  readonly name: string;
  readonly accounts: readonly string[];
}

export interface SiteKey {
  readonly id: string;
  readonly name: string;
  readonly accounts: readonly string[];
  /** Epoch ms. */
  readonly issuedAt: number;
  /** Epoch ms, once it is revoked. */
  readonly revokedAt?: number | undefined;
}

export interface IssuedSiteKey extends SiteKey {
  /** `rsk_<id>_<secret>`. */
  readonly key: string;
}

/** A source image on its way to another site. */
export interface ExportInput extends RepositoryInput {
  /** The destination registry; its region is the call's. */
  readonly registryId: string;
  readonly source: { readonly account: string; readonly region: string };
  readonly digest: Digest;
  readonly tag?: string | undefined;
}

export interface ExportedImage {
  readonly manifests: readonly ExportedManifest[];
  /** Whether the tag still names the image at the source. */
  readonly tagged: boolean;
  /** Where its layers are read. */
  readonly blobs: Pick<BlobStore, "read">;
}

export interface ExportedManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Buffer;
  readonly layers: readonly { readonly digest: Digest; readonly size: number }[];
}

/** What a site sends is about a repository of the destination, and says whose it was. */
export interface ReplicaInput extends RepositoryInput {
  readonly registryId: string;
  readonly source: { readonly account: string; readonly region: string };
  readonly digest: Digest;
}

export interface ReplicaLayerInput extends ReplicaInput {
  /** Bytes of the whole layer. */
  readonly size: number;
}

export interface ReceiveLayerInput extends ReplicaLayerInput {
  /** The place of the body's first byte in the layer. */
  readonly offset: number;
}

export interface LayerProgress {
  /** The repository has the layer. */
  readonly present: boolean;
  /** Bytes that arrived so far, while it has not. */
  readonly received: number;
}

export interface ReceiveManifestInput extends ReplicaInput {
  readonly mediaType: string;
  readonly bytes: Buffer;
  /** Whether it is the image itself, the last to come; the others are what it references. */
  readonly whole: boolean;
  readonly tag?: string | undefined;
}

export interface ReceiveDeletionInput extends ReplicaInput {
  readonly tag?: string | undefined;
}

/**
 * Checks the address of another site: https, or plain http to this very machine or where it was allowed.
 * @returns the address without a path. Throws `ValidationException`.
 */
export function readSiteUrl(text: string, allowPlainHttp: boolean): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const bare = url?.pathname === "/" && url.search === "" && url.hash === "" && url.username === "";
  if (url === undefined || !bare || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw invalid("url", "must be https://<host>[:<port>]");
  }
  const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (url.protocol === "http:" && !loopback && !allowPlainHttp) {
    throw invalid(
      "url",
      "is plain HTTP to another machine: anyone between could read the key and the images",
    );
  }
  return url.origin;
}

/** Throws `ValidationException` unless the text is PEM of one certificate. */
export function checkAuthority(ca: string): void {
  try {
    new X509Certificate(ca);
  } catch (error) {
    throw new Fault("ValidationException", "ca: must be a PEM certificate", { status: 400, cause: error });
  }
}

/** Throws `ValidationException` unless these are account ids, and at least one. */
export function checkAccounts(accounts: readonly string[]): void {
  if (accounts.length === 0 || accounts.length > 100 || !accounts.every(isAccountId)) {
    throw invalid("accounts", "must be 1 to 100 account ids of twelve digits");
  }
}

/** Throws `ValidationException` for a region that AWS does not have. */
export function checkRegion(region: string): void {
  if (!isRegion(region)) throw invalid("region", "must be the name of an AWS region");
}

/** The text is ours: these operations are. */
export function invalid(what: string, why: string): Fault {
  return new Fault("ValidationException", `${what}: ${why}`, { status: 400 });
}

/** The text is ours: these operations are. */
export function notFound(what: string): Fault {
  return new Fault("NotFound", what, { status: 404 });
}
