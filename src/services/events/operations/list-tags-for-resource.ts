import type * as eventbridge from "@aws-sdk/client-eventbridge";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { onTagged, tagsOfResource } from "../tagged-resource.ts";
import { apiTags } from "../tags.ts";

/** The tags of a bus or a rule. */
export const listTagsForResource: ReadOperation<typeof eventbridge, "ListTagsForResource"> = {
  name: "ListTagsForResource",
  authorise: onTagged("events:ListTagsForResource"),
  async read(ctx, input) {
    return { Tags: apiTags(await tagsOfResource(ctx.rows, input.ResourceARN)) };
  },
};
