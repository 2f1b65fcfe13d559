import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { requireRole } from "../entities.ts";
import { onRole, roleDocument, saveRole } from "../role.ts";
import { untagged } from "../tags.ts";

/** Removes tags of a role. */
export const untagRole: WriteOperation<typeof iam, "UntagRole"> = {
  name: "UntagRole",
  async authorise(input, ctx) {
    const wanted = await onRole("iam:UntagRole")(input, ctx);
    return wanted.map((one) => ({ ...one, context: { "aws:TagKeys": input.TagKeys } }));
  },
  async commit(tx, ctx, input) {
    const row = await requireRole(tx, ctx.account, input.RoleName);
    const document = roleDocument(row);
    await saveRole(tx, row, { ...document, tags: untagged(document.tags, input.TagKeys, "ignoring case") });
    return {};
  },
};
