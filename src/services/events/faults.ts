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

/** @param kind as the message calls it: `Connection`. */
export function absent(kind: string, name: string): Fault {
  return new Fault("ResourceNotFoundException", `${kind} '${name}' does not exist.`);
}

/** @param kind as the message calls it: `Connection`. */
export function alreadyThere(kind: string, name: string): Fault {
  return new Fault("ResourceAlreadyExistsException", `${kind} '${name}' already exists.`);
}

export function archiveNotFound(name: string): Fault {
  return new Fault("ResourceNotFoundException", `Archive ${name} does not exist.`);
}

export function replayNotFound(name: string): Fault {
  return new Fault("ResourceNotFoundException", `Replay ${name} does not exist.`);
}

/** @param what `Archive orders`. */
export function existsAlready(what: string): Fault {
  return new Fault("ResourceAlreadyExistsException", `${what} already exists.`);
}

export function replayNotRunning(name: string): Fault {
  return new Fault("IllegalStatusException", `Replay ${name} is not in a valid state for this operation.`);
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
