import { Fault } from "../../kernel/fault.ts";

/** What a template or a request may not say. AWS: every fault of a template is a `ValidationError`. */
export function validationError(message: string): Fault {
  return new Fault("ValidationError", message, { status: 400 });
}

/** AWS's words of DescribeStacks and of those that change a stack. */
export function stackNotFound(name: string): Fault {
  return validationError(`Stack with id ${name} does not exist`);
}

export function changeSetNotFound(name: string): Fault {
  return new Fault("ChangeSetNotFound", `ChangeSet [${name}] does not exist`, { status: 404 });
}

export function badToken(): Fault {
  return validationError("NextToken is not valid");
}
