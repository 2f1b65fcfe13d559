import { Fault } from "../../kernel/fault.ts";

/**
 * Every error of Organizations. The texts are those of the API Reference's own error descriptions unless a comment
 * names another source.
 */

/** Reported by many callers of AWS. */
export function notInUse(): Fault {
  return new Fault("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.");
}

/** Reported by many callers of AWS: what a member is told that asks for what only the management account may. */
export function notYours(): Fault {
  return new Fault("AccessDeniedException", "You don't have permissions to access this resource.");
}

export function alreadyInOrganization(): Fault {
  return new Fault(
    "AlreadyInOrganizationException",
    "The AWS account is already a member of an organization.",
  );
}

const missing = {
  Account: "You specified an account that doesn't exist.",
  Child: "You specified a child that doesn't exist.",
  CreateAccountStatus: "You specified a create account request that doesn't exist.",
  DestinationParent: "You specified a destination parent that doesn't exist.",
  Handshake: "You specified a handshake that doesn't exist.",
  OrganizationalUnit: "You specified an organizational unit that doesn't exist.",
  Parent: "You specified a parent that doesn't exist.",
  Policy: "You specified a policy that doesn't exist.",
  Root: "You specified a root that doesn't exist.",
  SourceParent: "You specified a source parent that doesn't exist.",
  Target: "You specified a target that doesn't exist.",
} as const;

/** `<what>NotFoundException`. "You specified an account that doesn't exist." follows the pattern of the rest; none is recorded. */
export function notFound(what: keyof typeof missing): Fault {
  return new Fault(`${what}NotFoundException`, missing[what]);
}

/** `ConstraintViolationException` with its reason. */
export function constraintViolation(reason: string, message: string): Fault {
  return new Fault("ConstraintViolationException", message, { members: { Reason: reason } });
}

/** `InvalidInputException` with its reason. */
export function invalidInput(reason: string, message: string): Fault {
  return new Fault("InvalidInputException", message, { members: { Reason: reason } });
}

export function malformedPolicy(message: string): Fault {
  return new Fault("MalformedPolicyDocumentException", message);
}

/** Reported in github.com/hashicorp/terraform-provider-aws, issue 26797. */
export function lastPolicy(): Fault {
  return constraintViolation(
    "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
    "You cannot remove the last policy attached to the specified target. You must have at least one attached at all times.",
  );
}

export function tooManyAttachments(): Fault {
  return constraintViolation(
    "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
    "You have attached the maximum number of policies to the specified target.",
  );
}

export function typeNotEnabled(): Fault {
  return new Fault(
    "PolicyTypeNotEnabledException",
    "This operation can be performed only for enabled policy types.",
  );
}

/** Quoted in github.com/localstack/localstack, issue 5288. */
export function organizationNotEmpty(): Fault {
  return new Fault(
    "OrganizationNotEmptyException",
    "To delete an organization you must first remove all member accounts (except the master).",
  );
}

/** A member that administers something for its organization stays in it. */
export function stillAdministers(): Fault {
  return constraintViolation(
    "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG",
    "You cannot remove a delegated administrator from your organization.",
  );
}

export function notRegistered(): Fault {
  return new Fault(
    "AccountNotRegisteredException",
    "The provided account is not a registered delegated administrator for your organization.",
  );
}
