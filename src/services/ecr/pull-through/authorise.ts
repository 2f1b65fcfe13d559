import type { CallContext } from "../../../dispatch/context.ts";
import type { Authorisation } from "../../../dispatch/operation.ts";
import { registryOf } from "../arn.ts";
import { pullThroughPrincipal } from "./rule.ts";

/**
 * Asks for an action on the rules of a registry, which knows no resource (Service Authorization Reference), and for
 * leave to hand the rule its role ("Required IAM permissions", pull through cache of private ECR, User Guide). Another
 * account's registry is that account's to configure.
 */
export function onRules(action: string) {
  return (
    input: { readonly registryId?: string | undefined; readonly customRoleArn?: string | undefined },
    ctx: CallContext,
  ): readonly Authorisation[] => {
    const { account } = registryOf(input, ctx);
    const rules: Authorisation = { action, resource: "*", resourceAccount: account };
    if (input.customRoleArn === undefined) return [rules];
    const context = { "iam:PassedToService": pullThroughPrincipal };
    return [rules, { action: "iam:PassRole", resource: input.customRoleArn, context }];
  };
}
