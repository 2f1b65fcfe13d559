import { Fault } from "../../kernel/fault.ts";
import type { Session } from "../../kernel/principal.ts";
import type { Tag } from "../../kernel/tags.ts";

/** The tags of a new session, and which of them a further session inherits. */
export interface SessionTags {
  readonly tags: readonly Tag[];
  readonly transitiveTagKeys: readonly string[];
}

/**
 * Works out a session's tags from those asked for and those that the calling session hands on
 * (IAM User Guide, "Pass session tags in AWS STS", "Chaining roles with session tags"). Keys differ in case only
 * by mistake: AWS compares them case-insensitively here.
 * @throws InvalidParameterValue for double keys, transitive keys without a tag, and a clash with an inherited tag.
 */
export function sessionTags(
  requested: readonly Tag[],
  transitiveKeys: readonly string[],
  calling: Session | undefined,
): SessionTags {
  const keys = new Set(requested.map((tag) => tag.key.toLowerCase()));
  if (keys.size < requested.length) {
    throw invalid("Duplicate tag keys found. Please note that Tag keys are case insensitive.");
  }
  if (transitiveKeys.some((key) => !keys.has(key.toLowerCase()))) {
    throw invalid("The specified transitive tag key must be included in the requested tags.");
  }
  const inheritedKeys = new Set((calling?.transitiveTagKeys ?? []).map((key) => key.toLowerCase()));
  const inherited = (calling?.tags ?? []).filter((tag) => inheritedKeys.has(tag.key.toLowerCase()));
  if (inherited.some((tag) => keys.has(tag.key.toLowerCase()))) {
    throw invalid(
      "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
    );
  }
  return {
    tags: [...inherited, ...requested],
    transitiveTagKeys: [...inherited.map((tag) => tag.key), ...transitiveKeys],
  };
}

/** Context keys by which policies see the tags of a request. */
export function tagContext(
  tags: readonly Tag[],
  transitiveKeys: readonly string[],
): Readonly<Record<string, string | readonly string[] | undefined>> {
  return {
    ...Object.fromEntries(tags.map((tag) => [`aws:RequestTag/${tag.key}`, tag.value])),
    "aws:TagKeys": tags.length > 0 ? tags.map((tag) => tag.key) : undefined,
    "sts:TransitiveTagKeys": transitiveKeys.length > 0 ? transitiveKeys : undefined,
  };
}

/** The SDK's tags as ours. */
export function tagsOf(tags: readonly { readonly Key: string; readonly Value: string }[] | undefined): Tag[] {
  return (tags ?? []).map((tag) => ({ key: tag.Key, value: tag.Value }));
}

const invalid = (message: string) => new Fault("InvalidParameterValue", message);
