import { Fault } from "../../../kernel/fault.ts";
import type { RegistryScope } from "../ports.ts";

/**
 * The errors of pull through cache. AWS publishes the codes and what they stand for; the words are ours except where a
 * source is named.
 */

/** Rules of a registry (ECR quotas, "Pull through cache rules"). */
export const mostRules = 50;

export function ruleAlreadyExists(registry: RegistryScope, prefix: string): Fault {
  return new Fault(
    "PullThroughCacheRuleAlreadyExistsException",
    `The pull through cache rule with prefix '${prefix}' already exists in the registry with id '${registry.account}'`,
  );
}

export function ruleNotFound(registry: RegistryScope, prefix: string): Fault {
  return new Fault(
    "PullThroughCacheRuleNotFoundException",
    `The pull through cache rule with prefix '${prefix}' does not exist in the registry with id '${registry.account}'`,
  );
}

export function tooManyRules(registry: RegistryScope): Fault {
  return new Fault(
    "LimitExceededException",
    `The registry with id '${registry.account}' already has the maximum number of pull through cache rules (${mostRules})`,
  );
}

/** Quoted in public issues about the Terraform resource `aws_ecr_pull_through_cache_rule`. */
export function unsupportedUpstream(url: string): Fault {
  return new Fault(
    "UnsupportedUpstreamRegistryException",
    `The upstream registry URL ${url} is invalid. Specify a valid upstream registry URL and try again`,
  );
}

/** API Reference, "CreatePullThroughCacheRule", Errors. */
export function secretNotFound(cause?: unknown): Fault {
  return new Fault(
    "SecretNotFoundException",
    "The ARN of the secret specified in the pull through cache rule was not found. Update the pull through cache rule with a valid secret ARN and try again.",
    { cause },
  );
}

/** API Reference, "CreatePullThroughCacheRule", Errors. */
export function unableToAccessSecret(cause?: unknown): Fault {
  return new Fault(
    "UnableToAccessSecretException",
    "The secret is unable to be accessed. Verify the resource permissions for the secret and try again.",
    { cause },
  );
}

/** API Reference, "CreatePullThroughCacheRule", Errors. */
export function unableToDecryptSecret(cause?: unknown): Fault {
  return new Fault(
    "UnableToDecryptSecretValueException",
    "The secret is accessible but is unable to be decrypted. Verify the resource permissions and try again.",
    { cause },
  );
}

/** Why an upstream registry did not give what was asked (API Reference, "ImageFailure", failureCode). */
export type UpstreamFailureCode =
  | "UpstreamAccessDenied"
  | "UpstreamTooManyRequests"
  | "UpstreamUnavailable"
  | "ImageNotFound";

const texts: Readonly<Record<UpstreamFailureCode, string>> = {
  // The first sentence and the beginning of the second are quoted in github.com/aws/containers-roadmap, issue 2354.
  UpstreamAccessDenied:
    "The authentication to the upstream registry failed. Verify that the credentials in the secret of the pull through cache rule are valid and may pull the image.",
  UpstreamTooManyRequests:
    "The upstream registry refused the request because of too many requests. Try again later.",
  UpstreamUnavailable: "The upstream registry is unavailable. Try again later.",
  ImageNotFound: "Requested image not found",
};

/** What an upstream registry refused, or failed to give. `cause` says more, for the log; clients do not see it. */
export class UpstreamFailure extends Fault {
  declare readonly code: UpstreamFailureCode;
  constructor(code: UpstreamFailureCode, cause?: unknown) {
    super(code, texts[code], { cause });
    this.name = "UpstreamFailure";
  }
}

/** A layer that could not be had (API Reference, "GetDownloadUrlForLayer"). */
export function unableToGetUpstreamLayer(cause: unknown): Fault {
  const why = cause instanceof UpstreamFailure ? ` ${cause.message}` : "";
  return new Fault(
    "UnableToGetUpstreamLayerException",
    `There was an issue getting the upstream layer matching the pull through cache rule.${why}`,
    { cause },
  );
}

/** API Reference, "ListImageReferrers", Errors. */
export function unableToListUpstreamReferrers(cause: unknown): Fault {
  return new Fault(
    "UnableToListUpstreamImageReferrersException",
    "The referrer or referrers were unable to be listed using the pull through cache rule. This is usually caused because of an issue with the Secrets Manager secret containing the credentials for the upstream registry.",
    { cause },
  );
}

/** An image that is there but cannot be cached: of an old format, too large, or not what its digest says. */
export function unableToGetUpstreamImage(why: string, cause?: unknown): Fault {
  return new Fault(
    "UnableToGetUpstreamImageException",
    `The image or images were unable to be pulled using the pull through cache rule: ${why}`,
    { cause },
  );
}
