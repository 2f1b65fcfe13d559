import type { CallContext } from "../../../dispatch/context.ts";
import type { Authorisation } from "../../../dispatch/operation.ts";
import type { AccountId, Region } from "../../../kernel/brand.ts";
import { Fault } from "../../../kernel/fault.ts";
import { type RepositoryKey, repositoryArn, repositoryOf } from "../arn.ts";
import { imageNotFound } from "../faults.ts";
import { imagesAmong, taggedDigest } from "../images/images.ts";
import { replicationPrincipal } from "../replication/job.ts";
import { findRepository } from "../repositories/repository.ts";
import type { ExportedImage, ExportInput, SiteOperations, SitePorts } from "../sites/sites.ts";
import { collect } from "./replication.ts";

/**
 * The role's own policy must allow the copy. What the destination's policies say is the other site's to ask, so the
 * resource counts as the source's: only its own account's policies are evaluated here.
 */
function authorise(input: ExportInput, ctx: CallContext): readonly Authorisation[] {
  return [
    {
      action: "ecr:ReplicateImage",
      resource: repositoryArn(repositoryOf(input, ctx)),
      resourceAccount: input.source.account as AccountId,
    },
  ];
}

const common = { service: "ecr", onlyFor: replicationPrincipal, authorise } as const;

/** The source's side of a copy to another site. */
export const sendingOperations = ({
  repositoryBlobs,
}: SitePorts): Pick<SiteOperations, "exportImage" | "confirmDeletion"> => ({
  exportImage: {
    ...common,
    name: "ExportImage",
    eventName: "ReplicateImage",
    describe: ({ registryId, repositoryName, source, digest, tag }) => ({
      registryId,
      repositoryName,
      sourceRegistryId: source.account,
      sourceRegion: source.region,
      imageId: { imageDigest: digest, imageTag: tag },
    }),
    async read(ctx, input): Promise<ExportedImage> {
      const source = ownSource(input, ctx);
      const repository = await findRepository(ctx.rows, source);
      if (repository === undefined) throw imageNotFound(source, { imageDigest: input.digest });
      const blobs = await repositoryBlobs.of(repository);
      const images = await collect(ctx.rows, blobs, source, input.digest);
      const named = input.tag === undefined ? undefined : await taggedDigest(ctx.rows, source, input.tag);
      return {
        manifests: images.map(({ digest, manifest, bytes, layers }) => ({
          digest,
          mediaType: manifest.mediaType,
          bytes,
          layers,
        })),
        tagged: named === input.digest,
        blobs,
      };
    },
  },
  confirmDeletion: {
    ...common,
    name: "ConfirmDeletion",
    unrecorded: true,
    async read(ctx, input): Promise<boolean> {
      const source = ownSource(input, ctx);
      if (input.tag !== undefined) return (await taggedDigest(ctx.rows, source, input.tag)) !== input.digest;
      return !(await imagesAmong(ctx.rows, source, [input.digest])).has(input.digest);
    },
  },
});

// INVARIANT: a registry's images are read only by the role of the account that owns them.
function ownSource({ source, repositoryName }: ExportInput, ctx: CallContext): RepositoryKey {
  if (ctx.account !== source.account) {
    throw new Fault("AccessDeniedException", "The source registry is not of the caller's account");
  }
  return { account: ctx.account, region: source.region as Region, name: repositoryName };
}
