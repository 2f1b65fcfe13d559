import { Fault } from "../../kernel/fault.ts";

/** `InvalidParameterValue` about one parameter (EC2's usual form). */
export function invalidValue(parameter: string, value: string, why: string): Fault {
  return new Fault(
    "InvalidParameterValue",
    `Value (${value.slice(0, 256)}) for parameter ${parameter} is invalid. ${why}`,
  );
}

export function missingParameter(parameter: string): Fault {
  return new Fault("MissingParameter", `The request must contain the parameter ${parameter}`);
}

export function invalidCombination(message: string): Fault {
  return new Fault("InvalidParameterCombination", message);
}

/** What still needs a resource. */
export function dependencyViolation(message: string): Fault {
  return new Fault("DependencyViolation", message);
}

/** What exists at AWS and not here; `what` begins a sentence. The text is ours. */
export function unsupported(what: string): Fault {
  return new Fault("UnsupportedOperation", `${what} is not available in Roadstead.`);
}

/** AWS: what a customer is told who changes an interface that a service manages (recorded answer). */
export function notYours(): Fault {
  return new Fault("AuthFailure", "You do not have permission to access the specified resource.");
}
