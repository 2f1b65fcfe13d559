import { Fault } from "../../kernel/fault.ts";

/** What the rule needs to know of a role. */
export interface ProtectableRole {
  readonly name: string;
  readonly path: string;
}

/** Paths whose roles only AWS may make and change: service-linked roles, and those of IAM Identity Center. */
const reservedPaths = ["/aws-service-role/", "/aws-reserved/"] as const;

/** Whether a path is AWS's own, so that no role of a customer lies there. */
function isReservedPath(path: string): boolean {
  return reservedPaths.some((reserved) => path.startsWith(reserved));
}

/**
 * The one rule that protects AWS's roles. Description and tags can be changed; every edit of what the role may do,
 * who may take it or how long goes through here (IAM User Guide, "Create a service-linked role": "you can edit only
 * the description").
 * @throws UnmodifiableEntity.
 */
export function refuseProtected(role: ProtectableRole): void {
  if (!isReservedPath(role.path)) return;
  throw new Fault(
    "UnmodifiableEntity",
    `Cannot perform the operation on the protected role '${role.name}' - this role is only modifiable by AWS`,
  );
}

/** UpdateRole of a protected role may set the description, not the length of sessions; AWS has words of its own for it. */
export function refuseProtectedDuration(role: ProtectableRole): void {
  if (!isReservedPath(role.path)) return;
  throw new Fault(
    "UnmodifiableEntity",
    `${role.name} is an AWS service linked role, max session duration cannot be changed.`,
  );
}

/** Beginnings of role names that AWS keeps for its own roles. */
const reservedNames = ["AWSServiceRoleFor", "AWSReservedSSO_"] as const;

/**
 * Keeps customers out of AWS's name space when they make a role.
 * @throws InvalidInput: for the path in AWS's words (quoted in tilfin/aws-iam-policy-tool#9), for the name in ours.
 */
export function refuseReservedRole(role: ProtectableRole): void {
  const path = reservedPaths.find((reserved) => role.path.startsWith(reserved));
  if (path !== undefined) {
    throw new Fault("InvalidInput", `Path prefix '${path}' can only be used for AWS Service linked Roles`);
  }
  const name = reservedNames.find((reserved) => role.name.toLowerCase().startsWith(reserved.toLowerCase()));
  if (name !== undefined) {
    throw new Fault(
      "InvalidInput",
      `Role names beginning with '${name}' can only be used for roles that AWS creates`,
    );
  }
}
