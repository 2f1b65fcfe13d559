import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { alreadyExists, entityArn, findUser, nameKey, requireUser } from "../entities.ts";
import { nameShown } from "../named-resource.ts";
import type { IamTables } from "../store.ts";

/** Gives a user another name or path. Its id, policies, keys and tags stay. */
export const updateUser: WriteOperation<typeof iam, "UpdateUser"> = {
  name: "UpdateUser",

  // IAM API Reference, "UpdateUser": the caller needs permission on the source and on the target.
  async authorise(input, ctx) {
    const user = await findUser(ctx.rows, ctx.account, input.UserName);
    const { name, path } = user ?? { name: input.UserName, path: "/" };
    const source = entityArn(ctx.account, "user", path, name);
    const target = entityArn(ctx.account, "user", input.NewPath ?? path, input.NewUserName ?? name);
    const onSource = { action: "iam:UpdateUser", resource: source, shown: nameShown("user", input.UserName) };
    return target === source ? [onSource] : [onSource, { action: "iam:UpdateUser", resource: target }];
  },

  async commit(tx, ctx, input) {
    const user = await requireUser(tx, ctx.account, input.UserName);
    const { NewUserName: name = user.name, NewPath: path = user.path } = input;
    const holder = await findUser(tx, ctx.account, name);
    if (holder !== undefined && holder.id !== user.id) throw alreadyExists("User", name);
    await tx
      .tables<IamTables>()
      .updateTable("iam_user")
      .set({ name, name_key: nameKey(name), path, arn: entityArn(ctx.account, "user", path, name) })
      .where("id", "=", user.id)
      .execute();
    return {};
  },
};
