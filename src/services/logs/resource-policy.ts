import { replacePrincipals, writtenPrincipals } from "../../authz/parse/principal-text.ts";
import { validatePolicy } from "../../authz/parse/validate.ts";
import { isAccountId } from "../../kernel/account.ts";
import { parseArn, rootArn } from "../../kernel/arn.ts";
import { invalidParameter } from "./faults.ts";

/** CloudWatch Logs quotas: characters of a resource policy. */
const longest = 5120;

/**
 * Checks a resource policy and gives it as it is kept.
 * AWS: who is not a service is named by the number of an account, which is kept and shown as the ARN of its root. No ARN
 * is taken, so a policy here never names a user or a role.
 * @throws Fault `InvalidParameterException`.
 */
export function keptPolicy(text: string): string {
  if (text.length > longest || validatePolicy(text, "resource").length > 0) {
    throw invalidParameter("Policy document is invalid");
  }
  const named = writtenPrincipals(text).flatMap(({ type, value }) => (type === "AWS" ? [value] : []));
  if (named.some((value) => parseArn(value) !== undefined)) {
    throw invalidParameter("Principal section of policy contains ARN instead of account ID");
  }
  if (!named.every((value) => value === "*" || isAccountId(value))) {
    throw invalidParameter("Could not convert to persistable policy.");
  }
  return replacePrincipals(text, ({ type, value }) =>
    type === "AWS" && isAccountId(value) ? rootArn(value) : value,
  );
}
