import type * as ecs from "@aws-sdk/client-ecs";
import type { ReadOperation, WriteOperation } from "../../../dispatch/operation.ts";
import { needTaggable } from "./taggable.ts";
import { putTags, readTags, removeTags, requestedTags, tagContext, tagsChanged, tagsOf } from "./tags.ts";

/** Adds tags to a resource, or gives those it has other values. */
export const tagResource: WriteOperation<typeof ecs, "TagResource"> = {
  name: "TagResource",
  authorise: ({ resourceArn, tags }) => [
    { action: "ecs:TagResource", resource: resourceArn, context: tagContext(requestedTags(tags)) },
  ],
  async commit(tx, ctx, { resourceArn, tags }) {
    await needTaggable(tx, resourceArn, ctx);
    await putTags(tx, resourceArn, readTags(tags));
    await tagsChanged(tx, resourceArn);
    return {};
  },
};

/** Takes tags away from a resource. */
export const untagResource: WriteOperation<typeof ecs, "UntagResource"> = {
  name: "UntagResource",
  authorise: ({ resourceArn, tagKeys }) => [
    {
      action: "ecs:UntagResource",
      resource: resourceArn,
      context: tagKeys.length === 0 ? {} : { "aws:TagKeys": tagKeys },
    },
  ],
  async commit(tx, ctx, { resourceArn, tagKeys }) {
    await needTaggable(tx, resourceArn, ctx);
    await removeTags(tx, resourceArn, tagKeys);
    return {};
  },
};

/** The tags of a resource. */
export const listTagsForResource: ReadOperation<typeof ecs, "ListTagsForResource"> = {
  name: "ListTagsForResource",
  authorise: ({ resourceArn }) => [{ action: "ecs:ListTagsForResource", resource: resourceArn }],
  async read(ctx, { resourceArn }) {
    await needTaggable(ctx.rows, resourceArn, ctx);
    return { tags: [...(await tagsOf(ctx.rows, resourceArn))] };
  },
};
