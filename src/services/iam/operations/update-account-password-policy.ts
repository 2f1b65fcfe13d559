import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import type { PasswordRules } from "../password-policy.ts";
import type { IamTables } from "../store.ts";

/** Sets the account's password policy as a whole: what is left out has its default again. */
export const updateAccountPasswordPolicy: WriteOperation<typeof iam, "UpdateAccountPasswordPolicy"> = {
  name: "UpdateAccountPasswordPolicy",

  authorise: () => [{ action: "iam:UpdateAccountPasswordPolicy", resource: "*" }],

  async commit(tx, { account }, input) {
    const rules: PasswordRules = input;
    const document = JSON.stringify(rules);
    await tx
      .tables<IamTables>()
      .insertInto("iam_password_policy")
      .values({ account, document })
      .onConflict((conflict) => conflict.column("account").doUpdateSet({ document }))
      .execute();
    return {};
  },
};
