import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { cutPage } from "../../../kernel/page.ts";
import { requireRole } from "../entities.ts";
import { apiInstanceProfiles } from "../instance-profiles.ts";
import { namedResource } from "../named-resource.ts";
import { pageMembers, pageRequest } from "../paging.ts";
import type { IamTables } from "../store.ts";

/** The instance profiles that hold a role. */
export const listInstanceProfilesForRole: ReadOperation<typeof iam, "ListInstanceProfilesForRole"> = {
  name: "ListInstanceProfilesForRole",

  authorise: async (input, ctx) => [
    {
      action: "iam:ListInstanceProfilesForRole",
      ...(await namedResource(ctx.rows, ctx.account, "role", input.RoleName)),
    },
  ],

  async read({ rows, account }, input) {
    const role = await requireRole(rows, account, input.RoleName);
    const { after, limit } = pageRequest(input);
    const fetched = await rows
      .tables<IamTables>()
      .selectFrom("iam_instance_profile")
      .selectAll()
      .where("role_id", "=", role.id)
      .where("name_key", ">", after[0] ?? "")
      .orderBy("name_key")
      .limit(limit + 1)
      .execute();
    const page = cutPage(fetched, limit, (profile) => [profile.name_key]);
    return { InstanceProfiles: await apiInstanceProfiles(rows, page.rows), ...pageMembers(page) };
  },
};
