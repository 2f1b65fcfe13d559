import type { BlobStore } from "../../blobs/types.ts";
import type { CallContext } from "../../dispatch/context.ts";
import type { PrincipalRegister } from "../../dispatch/policy-principals.ts";
import type { AccountId, Digest, Region } from "../../kernel/brand.ts";
import type { Principal } from "../../kernel/principal.ts";
import type { Jobs } from "../../store/types.ts";
import type { RepositoryBlobs } from "./encryption/vault.ts";
import type { PullRecorder } from "./images/pull-recorder.ts";
import type { PullThrough } from "./pull-through/ports.ts";
import type { Encryption } from "./repositories/repository.ts";
import type { ImageScanner } from "./scanning/scanner.ts";

/** What ECR needs of the rest of the house. The composition root hands it over. */
export interface EcrPorts {
  /** Blobs of repositories without a KMS key, one copy for all. */
  readonly blobs: BlobStore;
  /** The store of each repository's blobs. */
  readonly repositoryBlobs: RepositoryBlobs;
  readonly jobs: Jobs;
  readonly pulls: PullRecorder;
  /** Pulls from upstream registries; without it, rules are kept and nothing is pulled. */
  readonly pullThrough?: PullThrough;
  /** Reads images for their vulnerabilities; without it, scans fail. */
  readonly scanner?: ImageScanner;
  readonly registryNames: RegistryNames;
  /** Users and roles by their unique ids, for the policies that name them. */
  readonly principals: PrincipalRegister;
  /**
   * Makes the password of `docker login`, valid for 12 hours, that stands for the principal.
   * `GetAuthorizationToken` answers base64 of `AWS:<token>`.
   */
  registryToken(principal: Principal, scope: RegistryScope, now: number): RegistryToken;
}

/** One registry: an account in a region. */
export interface RegistryScope {
  readonly account: AccountId;
  readonly region: Region;
}

export interface RegistryToken {
  readonly token: string;
  /** Epoch ms. */
  readonly expiresAt: number;
}

/** How registries are named to clients: by host (`<account>.dkr.ecr.<region>.…`) or by path. */
export interface RegistryNames {
  /** `repositoryUri`: what a client pushes to, without scheme. */
  repositoryUri(account: AccountId, region: Region, repositoryName: string, ctx: CallContext): string;
  /** `proxyEndpoint`: the URL that a client logs in to. */
  proxyEndpoint(account: AccountId, region: Region, ctx: CallContext): string;
  /** A URL from which the layer can be fetched without further credentials until `expiresAt` (epoch ms). */
  downloadUrl(layer: LayerAddress, expiresAt: number, ctx: CallContext): string;
}

export interface LayerAddress {
  readonly account: AccountId;
  readonly region: Region;
  readonly repositoryName: string;
  readonly digest: Digest;
  /** What the repository is encrypted with. */
  readonly encryption: Encryption;
}
