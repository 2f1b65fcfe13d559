import type { CallContext } from "../../dispatch/context.ts";

/** Route 53 itself, for what it does by itself. */
export const route53Principal = "route53.amazonaws.com";

/** AWS Cloud Map, whose namespaces are hosted zones. */
export const cloudMapPrincipal = "servicediscovery.amazonaws.com";

/** Whether a call comes through AWS Cloud Map: with a customer's identity that it forwards, or its own. */
export function isCloudMap({ calledVia, principal }: CallContext): boolean {
  return (
    calledVia.includes(cloudMapPrincipal) ||
    (principal.type === "AWSService" && principal.service === cloudMapPrincipal) ||
    (principal.type === "AssumedRole" && principal.invokedBy === cloudMapPrincipal)
  );
}
