import type * as kms from "@aws-sdk/client-kms";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { onKey } from "../on-key.ts";
import { pageOf, pageRequest } from "../paging.ts";
import { needKey } from "../resolve.ts";

/** The tags of a key, in order of their keys. */
export const listResourceTags: ReadOperation<typeof kms, "ListResourceTags"> = {
  name: "ListResourceTags",
  authorise: onKey("kms:ListResourceTags"),
  async read(ctx, input) {
    const page = pageRequest(input, 50);
    const { tags } = await needKey(ctx.rows, ctx, input.KeyId);
    const rest = tags.filter((tag) => tag.key > page.after).toSorted((a, b) => (a.key < b.key ? -1 : 1));
    const { rows, more } = pageOf(rest, page, (tag) => tag.key);
    return { Tags: rows.map(({ key, value }) => ({ TagKey: key, TagValue: value })), ...more };
  },
};
