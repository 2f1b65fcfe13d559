import type { PrincipalRegister } from "../../dispatch/policy-principals.ts";
import type { Arn, RoleId } from "../../kernel/brand.ts";
import type { IamTables } from "./store.ts";

/** Users and roles of every account by ARN and by unique id, for the policies that name them. */
export const principalRegister: PrincipalRegister = {
  async idsOf(rows, arns) {
    const tables = rows.tables<IamTables>();
    const [users, roles] = byKind(arns, (arn) => arn.includes(":user/"));
    const found = [
      ...(users.length === 0
        ? []
        : await tables
            .selectFrom("iam_user")
            .select(["arn", "id"])
            .where("arn", "in", users as Arn[])
            .execute()),
      ...(roles.length === 0
        ? []
        : await tables
            .selectFrom("iam_role")
            .select(["arn", "id"])
            .where("arn", "in", roles as Arn[])
            .execute()),
    ];
    return new Map(found.map(({ arn, id }) => [arn, id]));
  },

  async arnsOf(rows, ids) {
    const tables = rows.tables<IamTables>();
    const [users, roles] = byKind(ids, (id) => id.startsWith("AIDA"));
    const found = [
      ...(users.length === 0
        ? []
        : await tables.selectFrom("iam_user").select(["arn", "id"]).where("id", "in", users).execute()),
      ...(roles.length === 0
        ? []
        : await tables
            .selectFrom("iam_role")
            .select(["arn", "id"])
            .where("id", "in", roles as RoleId[])
            .execute()),
    ];
    return new Map(found.map(({ arn, id }) => [id, arn]));
  },
};

/** Names of users, and names of roles. */
function byKind(names: readonly string[], isUser: (name: string) => boolean): readonly [string[], string[]] {
  return [names.filter(isUser), names.filter((name) => !isUser(name))];
}
