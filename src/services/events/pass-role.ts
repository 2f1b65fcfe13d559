import type { Authorisation } from "../../dispatch/operation.ts";
import { eventsPrincipal } from "./delivery.ts";

/** Whoever hands a role to EventBridge must be allowed to (IAM User Guide, "Grant a user permissions to pass a role"). */
export function passRole(...roles: readonly (string | undefined)[]): readonly Authorisation[] {
  const named = [...new Set(roles.filter((role) => role !== undefined))];
  return named.map((resource) => ({
    action: "iam:PassRole",
    resource,
    context: { "iam:PassedToService": eventsPrincipal },
  }));
}
