import type * as ecr from "@aws-sdk/client-ecr";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { onRepository, repositoryOf } from "../arn.ts";
import { imageIdProblem, imageInaccessible, imageMissing } from "../delete-image.ts";
import { findManifest } from "../images.ts";
import type { EcrPorts } from "../ports.ts";
import { needRepository } from "../repository.ts";

/** Manifests by digest or tag, each exactly as it was pushed. */
export const batchGetImage = ({ pulls }: EcrPorts): ReadOperation<typeof ecr, "BatchGetImage"> => ({
  name: "BatchGetImage",
  authorise: onRepository("ecr:BatchGetImage"),
  async read(ctx, input) {
    const repository = await needRepository(ctx.rows, repositoryOf(input, ctx));
    const images: ecr.Image[] = [];
    const failures: ecr.ImageFailure[] = [];
    for (const imageId of input.imageIds) {
      const problem = imageIdProblem(imageId);
      const found = problem === undefined ? await findManifest(ctx.rows, repository, imageId) : undefined;
      if (found?.status !== "ACTIVE") {
        failures.push({ imageId, ...(problem ?? (found === undefined ? imageMissing : imageInaccessible)) });
        continue;
      }
      pulls.pulled(found, ctx.principal, ctx.now);
      images.push({
        registryId: repository.account,
        repositoryName: repository.name,
        imageId: { imageDigest: found.digest, imageTag: imageId.imageTag },
        imageManifest: found.manifest.toString("utf8"),
        imageManifestMediaType: found.media_type,
      });
    }
    return { images, failures };
  },
});
