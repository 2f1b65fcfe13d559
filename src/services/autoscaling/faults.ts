import { Fault } from "../../kernel/fault.ts";

/** Every error of EC2 Auto Scaling. Texts are AWS's as its callers report them, unless a comment says that they are ours. */

export function validation(message: string): Fault {
  return new Fault("ValidationError", message, { status: 400 });
}

export function groupNotFound(): Fault {
  return validation("AutoScalingGroup name not found - null");
}

/** For the operations that name the group in their refusal. */
export function groupNameNotFound(name: string): Fault {
  return validation(`Group ${name} not found`);
}

export function groupExists(): Fault {
  return new Fault(
    "AlreadyExistsFault",
    "AutoScalingGroup by this name already exists - A group with this name already exists",
  );
}

export function instanceNotInGroup(id: string): Fault {
  return validation(`Instance Id not found - No managed instance found for instance ID: ${id}`);
}

export function groupInUse(): Fault {
  return new Fault(
    "ResourceInUseFault",
    "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in the group.",
  );
}

export function scalingInProgress(message: string): Fault {
  return new Fault("ScalingActivityInProgressFault", message);
}

export function limitExceeded(message: string): Fault {
  return new Fault("LimitExceededFault", message);
}

export function alreadyExists(message: string): Fault {
  return new Fault("AlreadyExistsFault", message);
}

export function badNextToken(): Fault {
  // Ours.
  return new Fault("InvalidNextToken", "The NextToken is not valid.");
}

/** Ours: something that AWS has and Roadstead does not serve, refused rather than pretended. */
export function notServed(what: string): Fault {
  return validation(`${what} is not supported here.`);
}
