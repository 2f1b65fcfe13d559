import { evaluate } from "../../authz/evaluate.ts";
import { compilePolicy } from "../../authz/parse/compile.ts";
import type { AccessRequest, RequestPrincipal } from "../../authz/types.ts";
import type { CallContext } from "../../dispatch/context.ts";
import type { Principal } from "../../kernel/principal.ts";

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

function requestPrincipal(principal: Principal): RequestPrincipal {
  switch (principal.type) {
    case "IAMUser":
      return { ...named(principal), ids: [principal.userId] };
    case "AssumedRole":
      return { ...named(principal), roleArn: principal.roleArn, ids: [principal.roleId] };
    case "Root":
    case "FederatedUser":
      return named(principal);
    case "AWSService":
      return { type: "AWSService", arn: principal.service };
    case "Anonymous":
      return { type: "Anonymous", arn: "*" };
  }
}

function named(principal: Extract<Principal, { readonly arn: string }>): RequestPrincipal {
  return { type: principal.type, account: principal.account, arn: principal.arn };
}
