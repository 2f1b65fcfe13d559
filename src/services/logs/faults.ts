import { Fault } from "../../kernel/fault.ts";

/** Every error of CloudWatch Logs. Texts are AWS's as its callers report them, unless a comment says that they are ours. */

export function logGroupNotFound(): Fault {
  return new Fault("ResourceNotFoundException", "The specified log group does not exist.");
}

export function logStreamNotFound(): Fault {
  return new Fault("ResourceNotFoundException", "The specified log stream does not exist.");
}

export function logGroupExists(): Fault {
  return new Fault("ResourceAlreadyExistsException", "The specified log group already exists");
}

export function logStreamExists(): Fault {
  return new Fault("ResourceAlreadyExistsException", "The specified log stream already exists");
}

export function policyNotFound(name: string): Fault {
  return new Fault("ResourceNotFoundException", `Policy with name [${name}] does not exist`);
}

export function invalidParameter(message: string): Fault {
  return new Fault("InvalidParameterException", message);
}

export function limitExceeded(message: string): Fault {
  return new Fault("LimitExceededException", message);
}

export function badNextToken(): Fault {
  return invalidParameter("The specified nextToken is invalid.");
}

/** Ours: something that AWS has and Roadstead does not serve, refused rather than pretended. */
export function notServed(what: string): Fault {
  return invalidParameter(`${what} is not served here.`);
}
