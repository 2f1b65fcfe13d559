import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { IamTables } from "../store.ts";

/** Takes away the account's password policy; IAM's default holds again. */
export const deleteAccountPasswordPolicy: WriteOperation<typeof iam, "DeleteAccountPasswordPolicy"> = {
  name: "DeleteAccountPasswordPolicy",

  authorise: () => [{ action: "iam:DeleteAccountPasswordPolicy", resource: "*" }],

  async commit(tx, { account }) {
    const gone = await tx
      .tables<IamTables>()
      .deleteFrom("iam_password_policy")
      .where("account", "=", account)
      .returning("account")
      .executeTakeFirst();
    if (gone === undefined) {
      throw new Fault("NoSuchEntity", "The account policy with name PasswordPolicy cannot be found.");
    }
    return {};
  },
};
