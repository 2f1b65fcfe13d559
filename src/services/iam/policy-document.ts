import { validatePolicy } from "../../authz/parse/validate.ts";
import { Fault } from "../../kernel/fault.ts";
import { quotaExceeded, quotas } from "./quotas.ts";

/** Checks an inline policy of a user, group or role. Throws `MalformedPolicyDocument`. */
export function requireIdentityPolicy(document: string): void {
  refuseProblems(validatePolicy(document, "identity"));
}

/** Checks a version of a managed policy. Throws `MalformedPolicyDocument`, `LimitExceeded`. */
export function requireManagedPolicy(document: string): void {
  refuseProblems(validatePolicy(document, "managed"));
  if (policySize(document) > quotas.PolicySize) throw quotaExceeded("PolicySize", quotas.PolicySize);
}

function refuseProblems([first]: readonly string[]): void {
  if (first !== undefined) throw new Fault("MalformedPolicyDocument", first);
}

/** Length of a policy as quotas count it: without white space (IAM User Guide, "IAM and STS character limits"). */
export function policySize(document: string): number {
  return document.replace(/\s/g, "").length;
}

/** A policy as IAM's answers carry it: percent-encoded as RFC 3986 has it. */
export function encodedDocument(document: string): string {
  return encodeURIComponent(document).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
