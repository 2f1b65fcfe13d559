import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { alreadyExists, entityArn, findGroup, nameKey, requireGroup } from "../entities.ts";
import { nameShown } from "../named-resource.ts";
import type { IamTables } from "../store.ts";

/** Gives a group another name or path. Its members and policies stay. */
export const updateGroup: WriteOperation<typeof iam, "UpdateGroup"> = {
  name: "UpdateGroup",

  // IAM API Reference, "UpdateGroup": the caller needs permission on the source and on the target.
  async authorise(input, ctx) {
    const group = await findGroup(ctx.rows, ctx.account, input.GroupName);
    const { name, path } = group ?? { name: input.GroupName, path: "/" };
    const source = entityArn(ctx.account, "group", path, name);
    const target = entityArn(ctx.account, "group", input.NewPath ?? path, input.NewGroupName ?? name);
    const onSource = {
      action: "iam:UpdateGroup",
      resource: source,
      shown: nameShown("group", input.GroupName),
    };
    return target === source ? [onSource] : [onSource, { action: "iam:UpdateGroup", resource: target }];
  },

  async commit(tx, ctx, input) {
    const group = await requireGroup(tx, ctx.account, input.GroupName);
    const { NewGroupName: name = group.name, NewPath: path = group.path } = input;
    const holder = await findGroup(tx, ctx.account, name);
    if (holder !== undefined && holder.id !== group.id) throw alreadyExists("Group", name);
    await tx
      .tables<IamTables>()
      .updateTable("iam_group")
      .set({ name, name_key: nameKey(name), path, arn: entityArn(ctx.account, "group", path, name) })
      .where("id", "=", group.id)
      .execute();
    return {};
  },
};
