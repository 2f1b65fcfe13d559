import { Fault } from "../../kernel/fault.ts";

/** A zone that is not there, or not the caller's. AWS's words, as recorded by users of its SDKs. */
export function noSuchHostedZone(id: string): Fault {
  return new Fault("NoSuchHostedZone", `No hosted zone found with ID: ${id}`);
}

/** What the model of the request cannot say. */
export function invalidInput(message: string): Fault {
  return new Fault("InvalidInput", message);
}

/** A name that is no domain name. The words are ours. */
export function invalidDomainName(text: string, why: string): Fault {
  return new Fault("InvalidDomainName", `The domain name ${text.slice(0, 255)} is not valid: ${why}`);
}

/** A delegation set that is not there. The words are ours. */
export function noSuchDelegationSet(id: string): Fault {
  return new Fault("NoSuchDelegationSet", `A reusable delegation set with the ID ${id} does not exist.`);
}
