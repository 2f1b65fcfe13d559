import type * as ecr from "@aws-sdk/client-ecr";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { changeRepository } from "../repositories/repository.ts";
import { readTags, requestedTags, tagContext, taggedRepository } from "../repositories/tags.ts";

/** Adds tags to a repository, or gives those it has other values. */
export const tagResource: WriteOperation<typeof ecr, "TagResource"> = {
  name: "TagResource",
  authorise: ({ resourceArn, tags }) => [
    { action: "ecr:TagResource", resource: resourceArn, context: tagContext(requestedTags(tags)) },
  ],
  async commit(tx, _ctx, input) {
    const repository = await taggedRepository(tx, input.resourceArn);
    await changeRepository(tx, repository, { tags: readTags(repository.tags, input.tags) });
    await tx.bumpEpoch(repository.account);
    return {};
  },
};
