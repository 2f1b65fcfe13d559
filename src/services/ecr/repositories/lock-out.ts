import { evaluate } from "../../../authz/evaluate.ts";
import { compilePolicy } from "../../../authz/parse/compile.ts";
import { requestPrincipal } from "../../../authz/request-principal.ts";
import type { AccessRequest } from "../../../authz/types.ts";
import type { CallContext } from "../../../dispatch/context.ts";

/** Whether a resource policy by itself forbids the caller an action on the resource. */
export function deniesCaller(policy: string, action: string, resource: string, ctx: CallContext): boolean {
  const principal = requestPrincipal(ctx.principal);
  const request: AccessRequest = {
    principal,
    action,
    resource,
    resourceAccount: ctx.account,
    context: new Map<string, readonly string[]>([
      ["aws:principalarn", [principal.roleArn ?? principal.arn]],
      ["aws:principalaccount", [ctx.account]],
      ["aws:sourceip", [ctx.source.ip]],
      ["aws:securetransport", [String(ctx.source.secure)]],
    ]),
  };
  const resourcePolicy = { name: resource, document: compilePolicy(policy) };
  return evaluate(request, { identity: [], resource: [resourcePolicy] }).outcome === "explicitDeny";
}
