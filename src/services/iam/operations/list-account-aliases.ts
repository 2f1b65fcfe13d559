import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import type { IamTables } from "../store.ts";

/** The account's alias, if it has one. */
export const listAccountAliases: ReadOperation<typeof iam, "ListAccountAliases"> = {
  name: "ListAccountAliases",

  authorise: () => [{ action: "iam:ListAccountAliases", resource: "*" }],

  async read({ rows, account }) {
    const row = await rows
      .tables<IamTables>()
      .selectFrom("iam_account")
      .select("alias")
      .where("account", "=", account)
      .executeTakeFirst();
    const alias = row?.alias ?? undefined;
    return { AccountAliases: alias === undefined ? [] : [alias], IsTruncated: false };
  },
};
