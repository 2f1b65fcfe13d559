import { Fault } from "../../kernel/fault.ts";

/** AWS: it has no message. */
export function parameterNotFound(): Fault {
  return new Fault("ParameterNotFound", "");
}

export function validation(message: string): Fault {
  return new Fault("ValidationException", message, { status: 400 });
}

export function versionNotFound(name: string, version: number): Fault {
  return new Fault(
    "ParameterVersionNotFound",
    `Systems Manager could not find version ${version} of ${name}. Verify the version and try again.`,
  );
}

export function labelNotFound(name: string, label: string): Fault {
  return new Fault(
    "ParameterVersionNotFound",
    `Systems Manager could not find label ${label.slice(0, 100)} for ${name}. Verify the label and try again.`,
  );
}

export function badNextToken(): Fault {
  return new Fault("InvalidNextToken", "The specified token is not valid.");
}
