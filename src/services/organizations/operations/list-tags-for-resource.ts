import type * as organizations from "@aws-sdk/client-organizations";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { onResources, requireSeen } from "../organization.ts";
import { pageOfAll, pageRequest } from "../paging.ts";
import { requireTaggable, taggedContext } from "../tagged-resource.ts";
import { apiTags, tagsOf } from "../tags.ts";

/** The tags of the root, a unit, an account or a policy. */
export const listTagsForResource: ReadOperation<typeof organizations, "ListTagsForResource"> = {
  name: "ListTagsForResource",
  authorise: onResources("ListTagsForResource", ({ ResourceId }) => [ResourceId], taggedContext),
  async read({ rows, account }, input) {
    const organization = await requireSeen(rows, account);
    await requireTaggable(rows, organization, input.ResourceId);
    const tags = await tagsOf(rows, organization.id, input.ResourceId);
    const request = pageRequest({ NextToken: input.NextToken, MaxResults: 50 });
    const page = pageOfAll(tags, request, (tag) => tag.key);
    return { Tags: apiTags(page.rows), NextToken: page.NextToken };
  },
};
