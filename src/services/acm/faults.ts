import { Fault } from "../../kernel/fault.ts";

/** Every error of AWS Certificate Manager. Texts are AWS's as its callers report them, unless a comment says otherwise. */

export function validation(message: string): Fault {
  return new Fault("ValidationException", message);
}

export function notFound(arn: string): Fault {
  return new Fault("ResourceNotFoundException", `Could not find certificate ${arn}.`);
}

export function inUse(arn: string): Fault {
  return new Fault("ResourceInUseException", `Certificate ${arn} is in use.`);
}

/** Ours: something that AWS has and Roadstead does not serve, refused rather than pretended. */
export function notServed(what: string): Fault {
  return validation(`${what} is not served here.`);
}
