import type * as organizations from "@aws-sdk/client-organizations";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { withoutTags } from "../../../kernel/tags.ts";
import { onResources, requireManaged } from "../organization.ts";
import { requireTaggable, taggedContext } from "../tagged-resource.ts";
import { refuseSystemTags, tagsOf, writeTags } from "../tags.ts";

/** Takes tags off the root, a unit, an account or a policy. */
export const untagResource: WriteOperation<typeof organizations, "UntagResource"> = {
  name: "UntagResource",
  authorise: onResources(
    "UntagResource",
    ({ ResourceId }) => [ResourceId],
    (input) => ({ ...taggedContext(input), "aws:TagKeys": input.TagKeys }),
  ),
  async commit(tx, { account }, { ResourceId: id, TagKeys: keys }) {
    const organization = await requireManaged(tx, account);
    await requireTaggable(tx, organization, id);
    refuseSystemTags(keys);
    await writeTags(tx, organization.id, id, withoutTags(await tagsOf(tx, organization.id, id), keys));
    return {};
  },
};
