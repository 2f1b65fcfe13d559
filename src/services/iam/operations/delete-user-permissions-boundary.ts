import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { requireUser } from "../entities.ts";
import type { IamTables } from "../store.ts";
import { onUserWithBoundary } from "../users.ts";

/** Removes the permissions boundary of a user. */
export const deleteUserPermissionsBoundary: WriteOperation<typeof iam, "DeleteUserPermissionsBoundary"> = {
  name: "DeleteUserPermissionsBoundary",

  authorise: (input, ctx) => onUserWithBoundary(ctx, "iam:DeleteUserPermissionsBoundary", input.UserName),

  async commit(tx, ctx, input) {
    const user = await requireUser(tx, ctx.account, input.UserName);
    if (user.boundary === null) {
      throw new Fault("NoSuchEntity", `The permissions boundary of user ${user.name} cannot be found.`);
    }
    await tx
      .tables<IamTables>()
      .updateTable("iam_user")
      .set({ boundary: null })
      .where("id", "=", user.id)
      .execute();
    return {};
  },
};
