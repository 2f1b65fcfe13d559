import { validatePolicy } from "../../authz/parse/validate.ts";
import { parseArn } from "../../kernel/arn.ts";
import type { Arn } from "../../kernel/brand.ts";
import { Fault } from "../../kernel/fault.ts";

/** The policies that narrow a session. */
export interface SessionPolicies {
  readonly policy?: string;
  readonly policyArns?: readonly Arn[];
}

/** API Reference, "AssumeRole": up to ten managed policies. */
const mostManagedPolicies = 10;

/**
 * Checks the session policies of a call. The length of the inline policy was checked with the input; AssumeRole's has no
 * bound in AWS's model but that of the packed form.
 * @throws MalformedPolicyDocument, ValidationError.
 */
export function sessionPolicies(
  policy: string | undefined,
  arns: readonly { readonly arn?: string }[] | undefined,
): SessionPolicies {
  const [problem] = policy === undefined ? [] : validatePolicy(policy, "session");
  if (problem !== undefined) throw new Fault("MalformedPolicyDocument", problem);
  const policyArns = (arns ?? []).flatMap((each) => (each.arn === undefined ? [] : [each.arn as Arn]));
  if (policyArns.length > mostManagedPolicies) {
    throw new Fault(
      "ValidationError",
      "1 validation error detected: Value at 'policyArns' failed to satisfy constraint: Member must have length less than or equal to 10",
    );
  }
  for (const arn of policyArns) {
    const parts = parseArn(arn);
    if (parts?.service !== "iam" || !parts.resource.startsWith("policy/")) {
      throw new Fault("ValidationError", `${arn} is invalid`);
    }
  }
  return {
    ...(policy === undefined ? {} : { policy }),
    ...(policyArns.length === 0 ? {} : { policyArns }),
  };
}
