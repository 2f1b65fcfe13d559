import type * as organizations from "@aws-sdk/client-organizations";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { onResources, requireManaged } from "../organization.ts";
import { requireTaggable, taggedContext } from "../tagged-resource.ts";
import { tagContext, tagged, tagsOf, writeTags } from "../tags.ts";

/** Adds tags to the root, a unit, an account or a policy, or gives those it has other values. */
export const tagResource: WriteOperation<typeof organizations, "TagResource"> = {
  name: "TagResource",
  authorise: onResources(
    "TagResource",
    ({ ResourceId }) => [ResourceId],
    (input) => ({ ...taggedContext(input), ...tagContext(input) }),
  ),
  async commit(tx, { account }, { ResourceId: id, Tags: tags }) {
    const organization = await requireManaged(tx, account);
    await requireTaggable(tx, organization, id);
    await writeTags(tx, organization.id, id, tagged(await tagsOf(tx, organization.id, id), tags));
    return {};
  },
};
