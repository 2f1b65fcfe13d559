import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { requireRole } from "../entities.ts";
import { onRole, roleDocument, saveRole } from "../role.ts";
import { requestTagKeys, tagged } from "../tags.ts";

/** Tags a role; service-linked roles can be tagged too. */
export const tagRole: WriteOperation<typeof iam, "TagRole"> = {
  name: "TagRole",
  async authorise(input, ctx) {
    const wanted = await onRole("iam:TagRole")(input, ctx);
    return wanted.map((one) => ({ ...one, context: requestTagKeys(input.Tags) }));
  },
  async commit(tx, ctx, input) {
    const row = await requireRole(tx, ctx.account, input.RoleName);
    const document = roleDocument(row);
    await saveRole(tx, row, { ...document, tags: tagged(document.tags, input.Tags, "ignoring case") });
    return {};
  },
};
