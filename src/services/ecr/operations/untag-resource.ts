import type * as ecr from "@aws-sdk/client-ecr";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { withoutTags } from "../../../kernel/tags.ts";
import { changeRepository } from "../repositories/repository.ts";
import { taggedRepository } from "../repositories/tags.ts";

/** Takes tags off a repository. */
export const untagResource: WriteOperation<typeof ecr, "UntagResource"> = {
  name: "UntagResource",
  authorise: ({ resourceArn, tagKeys }) => [
    { action: "ecr:UntagResource", resource: resourceArn, context: { "aws:TagKeys": tagKeys } },
  ],
  async commit(tx, _ctx, input) {
    const repository = await taggedRepository(tx, input.resourceArn);
    await changeRepository(tx, repository, { tags: withoutTags(repository.tags, input.tagKeys) });
    await tx.bumpEpoch(repository.account);
    return {};
  },
};
