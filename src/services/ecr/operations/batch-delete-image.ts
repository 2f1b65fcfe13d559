import type * as ecr from "@aws-sdk/client-ecr";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { onRepository, repositoryOf } from "../arn.ts";
import { emitImageActions } from "../events.ts";
import { deleteImage } from "../images/delete-image.ts";
import { needRepository } from "../repositories/repository.ts";

/** Removes images by digest, or tags and with the last of them the image. What cannot go is answered as a failure. */
export const batchDeleteImage: WriteOperation<typeof ecr, "BatchDeleteImage"> = {
  name: "BatchDeleteImage",
  authorise: onRepository("ecr:BatchDeleteImage"),
  async commit(tx, ctx, input) {
    const repository = await needRepository(tx, repositoryOf(input, ctx));
    const imageIds: ecr.ImageIdentifier[] = [];
    const failures: ecr.ImageFailure[] = [];
    for (const imageId of input.imageIds) {
      const outcome = await deleteImage(tx, repository, imageId, ctx.now);
      if ("failure" in outcome) failures.push({ imageId, ...outcome.failure });
      else {
        imageIds.push(...outcome.deleted);
        await emitImageActions(tx, ctx, repository, "DELETE", outcome.deleted);
      }
    }
    return { imageIds, failures };
  },
};
