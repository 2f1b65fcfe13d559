import { Fault } from "../../kernel/fault.ts";
import type { Principal, RootPrincipal, UserPrincipal } from "../../kernel/principal.ts";

/**
 * The operations that make sessions of the caller itself want long-term credentials of a user or the root
 * (IAM User Guide, "Request temporary security credentials").
 * @throws AccessDenied for every session.
 */
export function requireLongTermCredentials(
  caller: Principal,
  operation: string,
): RootPrincipal | UserPrincipal {
  if ((caller.type === "Root" || caller.type === "IAMUser") && caller.session === undefined) return caller;
  throw sessionRefused(operation);
}

/** A federated user calls nothing of STS but GetCallerIdentity (IAM User Guide, "Compare AWS STS credentials"). */
export function refuseFederatedUser(caller: Principal, operation: string): void {
  if (caller.type === "FederatedUser") throw sessionRefused(operation);
}

function sessionRefused(operation: string): Fault {
  return new Fault("AccessDenied", `Cannot call ${operation} with session credentials`, { status: 403 });
}
