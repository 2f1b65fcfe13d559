import type * as eventbridge from "@aws-sdk/client-eventbridge";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { changeTags, onTagged } from "../tagged-resource.ts";
import { tagContext, tagged } from "../tags.ts";

/** Adds tags to a bus or a rule, or gives those it has other values. */
export const tagResource: WriteOperation<typeof eventbridge, "TagResource"> = {
  name: "TagResource",
  authorise: onTagged("events:TagResource", tagContext),
  async commit(tx, ctx, input) {
    await changeTags(tx, ctx, input.ResourceARN, (have) => tagged(have, input.Tags));
    return {};
  },
};
