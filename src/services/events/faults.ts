import { Fault } from "../../kernel/fault.ts";

/** Every error of EventBridge. Texts are AWS's as its callers report them, unless a comment says that they are ours. */

export function busNotFound(name: string): Fault {
  return new Fault("ResourceNotFoundException", `Event bus ${name} does not exist.`);
}

export function busExists(name: string): Fault {
  return new Fault("ResourceAlreadyExistsException", `Event bus ${name} already exists.`);
}

export function ruleNotFound(name: string, bus: string): Fault {
  return new Fault("ResourceNotFoundException", `Rule ${name} does not exist on EventBus ${bus}.`);
}

export function invalid(message: string): Fault {
  return new Fault("ValidationException", message);
}

export function invalidPattern(reason: string): Fault {
  return new Fault("InvalidEventPatternException", `Event pattern is not valid. Reason: ${reason}`);
}

export function limitExceeded(): Fault {
  return new Fault("LimitExceededException", "The requested resource exceeds the maximum number allowed.");
}

/** The API Reference's own description of the error. */
export function managedRule(service: string): Fault {
  return new Fault(
    "ManagedRuleException",
    `This rule was created by an Amazon Web Services service on behalf of your account. It is managed by that service: ${service}.`,
  );
}

/** Ours: something that AWS has and Roadstead does not serve, refused rather than pretended. */
export function notServed(member: string, reason: string): Fault {
  return invalid(`Parameter ${member} is not valid. Reason: ${reason} is not served here.`);
}
