import type * as ecr from "@aws-sdk/client-ecr";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { taggedRepository } from "../repositories/tags.ts";

/** The tags of a repository, in order of their keys. */
export const listTagsForResource: ReadOperation<typeof ecr, "ListTagsForResource"> = {
  name: "ListTagsForResource",
  authorise: ({ resourceArn }) => [{ action: "ecr:ListTagsForResource", resource: resourceArn }],
  async read(ctx, input) {
    const { tags } = await taggedRepository(ctx.rows, input.resourceArn);
    const sorted = [...tags].sort((one, other) => (one.key < other.key ? -1 : 1));
    return { tags: sorted.map(({ key, value }) => ({ Key: key, Value: value })) };
  },
};
