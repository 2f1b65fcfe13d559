import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { requireUser } from "../entities.ts";
import { namedResource } from "../named-resource.ts";
import { requireBoundary } from "../policies.ts";
import type { IamPorts } from "../ports.ts";
import type { IamTables } from "../store.ts";

/** Sets or replaces the permissions boundary of a user. */
export const putUserPermissionsBoundary = ({
  managedPolicies,
}: IamPorts): WriteOperation<typeof iam, "PutUserPermissionsBoundary"> => ({
  name: "PutUserPermissionsBoundary",

  authorise: async (input, ctx) => [
    {
      action: "iam:PutUserPermissionsBoundary",
      ...(await namedResource(ctx.rows, ctx.account, "user", input.UserName)),
      context: { "iam:PermissionsBoundary": input.PermissionsBoundary },
    },
  ],

  async commit(tx, ctx, input) {
    const { account, id } = await requireUser(tx, ctx.account, input.UserName);
    const holder = { account, kind: "user" } as const;
    const boundary = await requireBoundary(tx, managedPolicies, holder, input.PermissionsBoundary);
    await tx.tables<IamTables>().updateTable("iam_user").set({ boundary }).where("id", "=", id).execute();
    return {};
  },
});
