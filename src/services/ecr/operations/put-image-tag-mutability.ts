import type * as ecr from "@aws-sdk/client-ecr";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { onRepository, repositoryOf } from "../arn.ts";
import { readTagMutability } from "../images/tag-mutability.ts";
import { changeRepository, needRepository } from "../repositories/repository.ts";

/** Says which tags may be moved from now on. */
export const putImageTagMutability: WriteOperation<typeof ecr, "PutImageTagMutability"> = {
  name: "PutImageTagMutability",
  authorise: onRepository("ecr:PutImageTagMutability"),
  async commit(tx, ctx, input) {
    const repository = await needRepository(tx, repositoryOf(input, ctx));
    const { imageTagMutability, imageTagMutabilityExclusionFilters } = input;
    const mutability = readTagMutability(imageTagMutability, imageTagMutabilityExclusionFilters);
    await changeRepository(tx, repository, { mutability });
    return {
      registryId: repository.account,
      repositoryName: repository.name,
      imageTagMutability,
      imageTagMutabilityExclusionFilters: mutability.exclusions && [...mutability.exclusions],
    };
  },
};
