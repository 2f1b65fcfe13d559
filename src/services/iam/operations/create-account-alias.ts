import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { IamTables } from "../store.ts";

/** Gives the account an alias that no other account has; it replaces the one before. */
export const createAccountAlias: WriteOperation<typeof iam, "CreateAccountAlias"> = {
  name: "CreateAccountAlias",

  authorise: () => [{ action: "iam:CreateAccountAlias", resource: "*" }],

  async commit(tx, { account }, { AccountAlias: alias }) {
    const tables = tx.tables<IamTables>();
    const holder = await tables
      .selectFrom("iam_account")
      .select("account")
      .where("alias", "=", alias)
      .executeTakeFirst();
    if (holder !== undefined) {
      throw new Fault("EntityAlreadyExists", `The account alias ${alias} already exists.`);
    }
    await tables
      .insertInto("iam_account")
      .values({ account, alias })
      .onConflict((conflict) => conflict.column("account").doUpdateSet({ alias }))
      .execute();
    return {};
  },
};
