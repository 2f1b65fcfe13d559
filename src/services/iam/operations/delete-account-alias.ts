import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { IamTables } from "../store.ts";

/** Takes the account's alias away. */
export const deleteAccountAlias: WriteOperation<typeof iam, "DeleteAccountAlias"> = {
  name: "DeleteAccountAlias",

  authorise: () => [{ action: "iam:DeleteAccountAlias", resource: "*" }],

  async commit(tx, { account }, { AccountAlias: alias }) {
    const gone = await tx
      .tables<IamTables>()
      .updateTable("iam_account")
      .set({ alias: null })
      .where("account", "=", account)
      .where("alias", "=", alias)
      .returning("account")
      .executeTakeFirst();
    if (gone === undefined) {
      throw new Fault("NoSuchEntity", `The account alias with name ${alias} cannot be found.`);
    }
    return {};
  },
};
