import type { RegistryDialect } from "../kernel/registry-dialect.ts";

/**
 * What a registry does as Amazon ECR does it, or as the distribution-spec says; `errors.ts` has the codes.
 * docs/operate/registry-dialects.md is the table for people, and a test holds it against a running registry.
 */
export interface Manners {
  readonly dialect: RegistryDialect;
  /** The status of a chunk that was taken. */
  readonly chunkTaken: 201 | 202;
  /** Bytes of the smallest chunk that is not a layer's last. */
  readonly leastChunk?: number;
  /** Characters of the longest tag that a push may set. */
  readonly longestTag: number;
  /** `Content-Type` of a list of tags. */
  readonly tagListType: string;
  /** Whether an image goes when its last tag is deleted; else only its digest names it. */
  readonly lastTagTakesImage: boolean;
  /** Whether a layer that no image names may be deleted. */
  readonly deletesLayers: boolean;
  /** Whether any layer of the registry may be mounted, whatever the account setting `BLOB_MOUNTING` says. */
  readonly mountsAnyLayer: boolean;
  /** Whether a registry that is named by its host takes only tokens of its own region. */
  readonly tokensOfRegion: boolean;
  /** Whether layers and manifests may be named by SHA-512 too, which the specification leaves to registries. */
  readonly sha512: boolean;
}

/** The two ways. */
export const manners: Readonly<Record<RegistryDialect, Manners>> = {
  ecr: {
    dialect: "ecr",
    // AWS: not the 202 of the specification (github.com/dotnet/sdk-container-builds, issue 279).
    chunkTaken: 201,
    // AWS: the limit of an S3 multipart upload ("Amazon ECR service quotas", layer part size).
    leastChunk: 5 * 1024 * 1024,
    longestTag: 300,
    // AWS: JSON that is called plain text ("Private registry authentication", ECR User Guide).
    tagListType: "text/plain; charset=utf-8",
    lastTagTakesImage: true,
    deletesLayers: false,
    mountsAnyLayer: false,
    // AWS: a token is tied to a region ("Troubleshooting Docker commands and issues", ECR User Guide).
    tokensOfRegion: true,
    sha512: false,
  },
  oci: {
    dialect: "oci",
    chunkTaken: 202,
    longestTag: 128,
    tagListType: "application/json",
    lastTagTakesImage: false,
    deletesLayers: true,
    mountsAnyLayer: true,
    tokensOfRegion: false,
    sha512: true,
  },
};
