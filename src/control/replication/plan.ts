import type { ReplicationOutcome } from "../../services/ecr/data-plane.ts";
import { sourceImageGone } from "../../services/ecr/replication/job.ts";

/** How the last step went. */
export type Happened =
  | { readonly event: "taken" }
  | { readonly event: "replicated" }
  | { readonly event: "not-replicated"; readonly failure: Failure }
  | { readonly event: "created" }
  | { readonly event: "not-created"; readonly failure: Failure };

/** A failed call: the fault's code, or `InternalFailure` for what was no fault. */
export interface Failure {
  readonly code: string;
  readonly message: string;
}

/** What to do next for one image on its way to one destination. */
export type Step =
  | { readonly do: "replicate" }
  | { readonly do: "create-repository" }
  | { readonly do: "retry"; readonly error: string }
  | { readonly do: "settle"; readonly outcome: ReplicationOutcome };

/** Where one attempt stands. */
export interface Attempt {
  /** How often the job has been taken, this time included. */
  readonly number: number;
  /** Whether this attempt has made sure that the destination has the repository. */
  readonly created: boolean;
}

/**
 * After so many failed attempts the replication has FAILED. With waits that double from one second to five minutes that
 * is after about half an hour, the time in which AWS says that "most images replicate".
 */
export const attemptLimit = 14;

/** The destination registry, or the role's own policy, refuses. Seen on AWS as `failureCode`. */
export const accessDenied = "DESTINATION_REGISTRY_ACCESS_DENIED";
/** The destination's key could not be used (`KmsException`). Ours. */
export const keyUnusable = "KMS_EXCEPTION";
/** The other site does not know the link's key, or has revoked it, or it is not for this account. Ours. */
export const siteLinkRefused = "SITE_LINK_REFUSED";
/** Nobody vouches for the other site's certificate. Ours. */
export const siteUntrusted = "SITE_CERTIFICATE_UNTRUSTED";
/** Every attempt failed for reasons that might have passed. Ours. */
export const retriesExhausted = "RETRIES_EXHAUSTED";

/** Final, whoever says them: trying again asks the same question. */
const refusals: ReadonlySet<string> = new Set([
  "AccessDenied",
  "AccessDeniedException",
  "UnauthorizedOperation",
  // The role is gone: the configuration that needed it was removed after the push.
  "NoSuchEntity",
  "NoSuchEntityException",
]);

/** Failures that trying again does not mend, and what they are called. */
const lastingFailures: ReadonlyMap<string, string> = new Map([
  ["KmsException", keyUnusable],
  ["SiteLinkRefused", siteLinkRefused],
  ["SiteCertificateUntrusted", siteUntrusted],
]);

/**
 * Decides the next step of a replication. Pure.
 * INVARIANT: within one attempt the repository is created at most once and the image sent at most twice.
 */
export function nextStep(attempt: Attempt, happened: Happened): Step {
  switch (happened.event) {
    case "taken":
    case "created":
      return { do: "replicate" };
    case "replicated":
      return { do: "settle", outcome: { status: "COMPLETE" } };
    case "not-replicated":
      return afterFailedCopy(attempt, happened.failure);
    case "not-created":
      // Somebody else created it in between: all the better.
      return happened.failure.code === "RepositoryAlreadyExistsException"
        ? { do: "replicate" }
        : afterFailure(attempt, happened.failure);
  }
}

function afterFailedCopy(attempt: Attempt, failure: Failure): Step {
  if (failure.code === "RepositoryNotFoundException" && !attempt.created) return { do: "create-repository" };
  if (failure.code === "ImageNotFoundException") return failed(sourceImageGone, failure);
  return afterFailure(attempt, failure);
}

function afterFailure(attempt: Attempt, failure: Failure): Step {
  if (refusals.has(failure.code)) return failed(accessDenied, failure);
  const lasting = lastingFailures.get(failure.code);
  if (lasting !== undefined) return failed(lasting, failure);
  if (attempt.number >= attemptLimit) return failed(retriesExhausted, failure);
  return { do: "retry", error: textOf(failure) };
}

function failed(failureCode: string, failure: Failure): Step {
  return { do: "settle", outcome: { status: "FAILED", failureCode, error: textOf(failure) } };
}

function textOf({ code, message }: Failure): string {
  return `${code}: ${message}`;
}
