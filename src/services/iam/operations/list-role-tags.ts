import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { requireRole } from "../entities.ts";
import { pageMembers, pageOfSorted, pageRequest } from "../paging.ts";
import { onRole, roleDocument } from "../role.ts";
import { apiTags } from "../tags.ts";

/** A role's tags, by key. */
export const listRoleTags: ReadOperation<typeof iam, "ListRoleTags"> = {
  name: "ListRoleTags",
  authorise: onRole("iam:ListRoleTags"),
  async read(ctx, input) {
    const row = await requireRole(ctx.rows, ctx.account, input.RoleName);
    const page = pageOfSorted(apiTags(roleDocument(row).tags), (tag) => tag.Key, pageRequest(input));
    return { Tags: [...page.rows], ...pageMembers(page) };
  },
};
