import type * as ecr from "@aws-sdk/client-ecr";
import type { PrepareContext } from "../../../dispatch/context.ts";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import type { Digest } from "../../../kernel/brand.ts";
import { isDigest } from "../../../kernel/digest.ts";
import { hour } from "../../../kernel/duration.ts";
import { onRepository, type RepositoryKey, repositoryOf } from "../arn.ts";
import { layerInaccessible, layerNotFound } from "../faults.ts";
import { findLink } from "../layers/layers.ts";
import type { EcrPorts } from "../ports.ts";
import { coldLayer } from "../pull-through/cold-pull.ts";
import { UpstreamFailure, unableToGetUpstreamLayer } from "../pull-through/faults.ts";
import { needRepository } from "../repositories/repository.ts";

/** A URL from which a layer of an image can be fetched for an hour. */
export const getDownloadUrlForLayer = (
  ports: EcrPorts,
): ReadOperation<typeof ecr, "GetDownloadUrlForLayer"> => ({
  name: "GetDownloadUrlForLayer",
  authorise: onRepository("ecr:GetDownloadUrlForLayer"),
  async read(ctx, input) {
    const found = await needRepository(ctx.rows, repositoryOf(input, ctx));
    const { account, region, name, encryption } = found;
    const digest = input.layerDigest;
    const repository = { account, region, name };
    if (!isDigest(digest)) throw layerNotFound(repository, digest);
    const link = await findLink(ctx.rows, repository, digest);
    if (link === undefined && !(await arrived(ports, ctx, repository, digest))) {
      throw layerNotFound(repository, digest);
    }
    if (link?.referenced === 0) throw layerInaccessible();
    // A link that could not be followed is not given.
    await ports.repositoryBlobs.of(found);
    const layer = { account, region, repositoryName: name, digest, encryption };
    return {
      downloadUrl: ports.registryNames.downloadUrl(layer, ctx.now + hour, ctx),
      layerDigest: digest,
    };
  },
});

/**
 * Waits for a layer that a pull through cache rule brings: a link is to bytes that are stored.
 * @returns false when no rule covers the repository.
 */
async function arrived(
  ports: EcrPorts,
  ctx: PrepareContext,
  repository: RepositoryKey,
  digest: Digest,
): Promise<boolean> {
  try {
    const layer = await coldLayer(ports, ctx, repository, digest);
    await layer?.stored;
    return layer !== undefined;
  } catch (error) {
    throw error instanceof UpstreamFailure ? unableToGetUpstreamLayer(error) : error;
  }
}
