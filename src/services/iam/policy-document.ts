import { compilePolicy } from "../../authz/parse/compile.ts";
import { PolicySyntaxError } from "../../authz/parse/syntax-error.ts";
import { Fault } from "../../kernel/fault.ts";
import { quotaExceeded, quotas } from "./quotas.ts";

/**
 * Checks a policy that gives permissions (managed or inline, no principals). Throws `MalformedPolicyDocument`.
 * @param document JSON as the caller sent it.
 */
export function requireIdentityPolicy(document: string): void {
  try {
    compilePolicy(document);
  } catch (error) {
    if (!(error instanceof PolicySyntaxError)) throw error;
    throw new Fault("MalformedPolicyDocument", error.message);
  }
}

/** Checks a version of a managed policy. Throws `MalformedPolicyDocument`, `LimitExceeded`. */
export function requireManagedPolicy(document: string): void {
  requireIdentityPolicy(document);
  if (policySize(document) > quotas.PolicySize) throw quotaExceeded("PolicySize", quotas.PolicySize);
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
