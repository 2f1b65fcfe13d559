import type * as ecr from "@aws-sdk/client-ecr";
import type { PrepareContext } from "../../../dispatch/context.ts";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import type { Digest } from "../../../kernel/brand.ts";
import { isFault } from "../../../kernel/fault.ts";
import { onRepository, type RepositoryKey, repositoryOf } from "../arn.ts";
import type { ManifestFacts } from "../data-plane.ts";
import { imageIdProblem, imageInaccessible, imageMissing } from "../images/delete-image.ts";
import { findManifest } from "../images/images.ts";
import { needReadable } from "../layers/stored-layer.ts";
import type { EcrPorts } from "../ports.ts";
import { coldImage } from "../pull-through/cold-pull.ts";
import { UpstreamFailure } from "../pull-through/faults.ts";
import { needRepository } from "../repositories/repository.ts";

/** Manifests by digest or tag, each exactly as it was pushed. */
export const batchGetImage = (ports: EcrPorts): ReadOperation<typeof ecr, "BatchGetImage"> => ({
  name: "BatchGetImage",
  authorise: onRepository("ecr:BatchGetImage"),
  async read(ctx, input) {
    const repository = repositoryOf(input, ctx);
    const images: ecr.Image[] = [];
    const failures: ecr.ImageFailure[] = [];
    for (const imageId of input.imageIds) {
      const problem = imageIdProblem(imageId);
      const found = problem === undefined ? await findManifest(ctx.rows, repository, imageId) : undefined;
      const pulled =
        problem === undefined && found === undefined
          ? await pull(ports, ctx, repository, imageId)
          : undefined;
      if (pulled !== undefined) {
        if ("digest" in pulled) images.push(answered(repository, imageId, pulled));
        else failures.push({ imageId, ...pulled });
        continue;
      }
      if (found?.status !== "ACTIVE") {
        failures.push({ imageId, ...(problem ?? (found === undefined ? imageMissing : imageInaccessible)) });
        continue;
      }
      const unreadable = await keyProblem(ports, repository, found.repository_document);
      if (unreadable !== undefined) {
        failures.push({ imageId, ...unreadable });
        continue;
      }
      ports.pulls.pulled(found, ctx.principal, ctx.now);
      const { digest, manifest: bytes, media_type: mediaType } = found;
      images.push(answered(repository, imageId, { digest: digest as Digest, bytes, mediaType }));
    }
    // One that a pull through cache rule covers may have been created by now.
    await needRepository(ctx.rows, repository);
    return { images, failures };
  },
});

/** Why the images of a repository cannot be read; `undefined` when they can. */
async function keyProblem(
  ports: EcrPorts,
  repository: RepositoryKey,
  document: string,
): Promise<Omit<ecr.ImageFailure, "imageId"> | undefined> {
  try {
    await needReadable(ports.repositoryBlobs, repository, document);
    return undefined;
  } catch (error) {
    if (!isFault(error, "KmsException")) throw error;
    return { failureCode: "KmsError", failureReason: error.message };
  }
}

/** An image that comes from upstream, or why it does not; `undefined` when no pull through cache rule covers it. */
async function pull(
  ports: EcrPorts,
  ctx: PrepareContext,
  repository: RepositoryKey,
  { imageDigest, imageTag }: ecr.ImageIdentifier,
): Promise<ManifestFacts | Omit<ecr.ImageFailure, "imageId"> | undefined> {
  try {
    const image = await coldImage(ports, ctx, repository, imageTag ?? imageDigest ?? "");
    return imageDigest === undefined || image?.digest === imageDigest ? image : imageMissing;
  } catch (error) {
    if (isFault(error, "ImageNotFoundException")) return imageMissing;
    if (!(error instanceof UpstreamFailure) || error.code === "ImageNotFound") throw error;
    return { failureCode: error.code, failureReason: error.message };
  }
}

function answered(
  repository: RepositoryKey,
  { imageTag }: ecr.ImageIdentifier,
  { digest, bytes, mediaType }: ManifestFacts,
): ecr.Image {
  return {
    registryId: repository.account,
    repositoryName: repository.name,
    imageId: { imageDigest: digest, imageTag },
    imageManifest: bytes.toString("utf8"),
    imageManifestMediaType: mediaType,
  };
}
