import type * as ecr from "@aws-sdk/client-ecr";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { onRepository, repositoryOf } from "../arn.ts";
import { needDigest } from "../images/images.ts";
import { changeStorageClass } from "../images/storage-class.ts";
import { needRepository } from "../repositories/repository.ts";

/** Archives an image, or begins to restore it. */
export const updateImageStorageClass: WriteOperation<typeof ecr, "UpdateImageStorageClass"> = {
  name: "UpdateImageStorageClass",
  authorise: onRepository("ecr:UpdateImageStorageClass"),
  async commit(tx, ctx, input) {
    const repository = await needRepository(tx, repositoryOf(input, ctx));
    const digest = await needDigest(tx, repository, input.imageId);
    const imageStatus = await changeStorageClass(tx, repository, digest, input.targetStorageClass, ctx);
    return {
      registryId: repository.account,
      repositoryName: repository.name,
      imageId: { imageDigest: digest, imageTag: input.imageId.imageTag },
      imageStatus,
    };
  },
};
