import { Fault } from "../../kernel/fault.ts";

/** Every error of CloudWatch. Texts are AWS's as its callers report them, unless a comment says that they are ours. */

/** @param parameter as the Query wire names it: `MetricData.member.1.Value`. */
export function invalidValue(parameter: string, value: unknown): Fault {
  return new Fault(
    "InvalidParameterValueException",
    `The value ${String(value)} for parameter ${parameter} is invalid.`,
  );
}

export function invalidParameter(message: string): Fault {
  return new Fault("InvalidParameterValueException", message);
}

export function invalidCombination(message: string): Fault {
  return new Fault("InvalidParameterCombinationException", message);
}

export function missingParameter(message: string): Fault {
  return new Fault("MissingRequiredParameterException", message);
}

export function validation(message: string): Fault {
  return new Fault("ValidationException", message);
}

export function badNextToken(): Fault {
  // Ours.
  return new Fault("InvalidNextToken", "The NextToken is not valid.");
}

export function alarmNotFound(): Fault {
  // Ours: AWS names only the code (API Reference, "DeleteAlarms").
  return new Fault("ResourceNotFound", "The named resource does not exist.");
}

export function resourceNotFound(arn: string): Fault {
  // Ours.
  return new Fault("ResourceNotFoundException", `The resource ${arn} does not exist.`);
}

export function dashboardNotFound(name: string): Fault {
  return new Fault("DashboardNotFoundError", `Dashboard ${name} does not exist`);
}

/** Ours: something that AWS has and Roadstead does not serve, refused rather than pretended. */
export function notServed(what: string): Fault {
  return invalidParameter(`${what} is not served here.`);
}
