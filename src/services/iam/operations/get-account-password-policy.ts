import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { apiPasswordPolicy, findPasswordRules } from "../password-policy.ts";

/** The account's password policy, if one was set. */
export const getAccountPasswordPolicy: ReadOperation<typeof iam, "GetAccountPasswordPolicy"> = {
  name: "GetAccountPasswordPolicy",

  authorise: () => [{ action: "iam:GetAccountPasswordPolicy", resource: "*" }],

  async read({ rows, account }) {
    const rules = await findPasswordRules(rows, account);
    if (rules === undefined) {
      throw new Fault("NoSuchEntity", `The Password Policy with domain name ${account} cannot be found.`);
    }
    return { PasswordPolicy: apiPasswordPolicy(rules) };
  },
};
