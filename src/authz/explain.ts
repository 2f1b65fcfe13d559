import type { AccessRequest, Decision, PolicyKind } from "./types.ts";

/** How a message names a kind of policy after "with an explicit deny in". */
const withArticle: Readonly<Record<PolicyKind, string>> = {
  "identity-based policy": "an identity-based policy",
  "resource-based policy": "a resource-based policy",
  "permissions boundary": "a permissions boundary",
  "session policy": "a session policy",
  "service control policy": "a service control policy",
  "trust policy": "the role trust policy",
};

/**
 * The text of an access-denied error (IAM User Guide, "Troubleshoot access denied error messages"; recorded on
 * AWS for identity-based and resource-based policies). Of several kinds that deny only one is named.
 * AWS: when a role's trust policy is silent, STS gives no reason; who comes from an identity provider is not named.
 * @param shown what the text calls the resource.
 */
export function denialMessage(
  decision: Decision,
  request: AccessRequest,
  shown: string = request.resource,
): string {
  const { principal, action } = request;
  if (principal.type === "Anonymous" && decision.decidedBy === "trust policy")
    return `Not authorized to perform ${action}`;
  const user = principal.type === "Anonymous" ? "anonymous" : principal.arn;
  const refusal = `User: ${user} is not authorized to perform: ${action} on resource: ${shown}`;
  const kind = decision.decidedBy;
  if (kind === undefined) return refusal;
  if (decision.outcome === "explicitDeny") return `${refusal} with an explicit deny in ${withArticle[kind]}`;
  if (kind === "trust policy") return refusal;
  return `${refusal} because no ${kind} allows the ${action} action`;
}
