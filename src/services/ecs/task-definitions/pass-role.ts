import type { Authorisation } from "../../../dispatch/operation.ts";
import type { Scope } from "../arn.ts";
import { tasksPrincipal } from "../role.ts";
import { roleArn } from "./complete.ts";

/**
 * Whoever gives a role to tasks must be allowed to (IAM User Guide, "Grant a user permissions to pass a role to an AWS
 * service"): at registration, and again when a task is run with it.
 */
export function passTaskRoles(
  scope: Scope,
  ...roles: readonly (string | undefined)[]
): readonly Authorisation[] {
  const named = new Set(roles.filter((role) => role !== undefined && role !== ""));
  return [...named].map((role) => ({
    action: "iam:PassRole",
    resource: roleArn(scope, role ?? ""),
    context: { "iam:PassedToService": tasksPrincipal },
  }));
}
