import type * as ecr from "@aws-sdk/client-ecr";
import { invalidParameter } from "../faults.ts";

/** Which tags may be moved (User Guide, "Preventing image tags from being overwritten"). */
export interface TagMutability {
  readonly mode: ecr.ImageTagMutability;
  /** With the `…_WITH_EXCLUSION` modes: the tags that are the other way. */
  readonly exclusions?: readonly { readonly filterType: "WILDCARD"; readonly filter: string }[];
}

/** What a request asks for, by default MUTABLE. Throws `InvalidParameterException` for a mode without its filters. */
export function readTagMutability(
  mode: ecr.ImageTagMutability = "MUTABLE",
  filters?: readonly { filterType?: string; filter?: string }[],
): TagMutability {
  const at = "imageTagMutabilityExclusionFilters";
  const withExclusion = mode === "MUTABLE_WITH_EXCLUSION" || mode === "IMMUTABLE_WITH_EXCLUSION";
  if (!withExclusion) {
    if (filters !== undefined && filters.length > 0) {
      throw invalidParameter(
        at,
        `ImageTagMutabilityExclusionFilters must be null when imageTagMutability is set as ${mode}`,
      );
    }
    return { mode };
  }
  if (filters === undefined || filters.length === 0) {
    throw invalidParameter(
      at,
      `ImageTagMutabilityExclusionFilters can't be null when imageTagMutability is set as ${mode}`,
    );
  }
  return { mode, exclusions: filters.map(({ filter = "" }) => ({ filterType: "WILDCARD", filter })) };
}

/** Whether a tag that names an image may not be put on another. */
export function isImmutable(mutability: TagMutability, tag: string): boolean {
  const immutable = mutability.mode.startsWith("IMMUTABLE");
  const excluded = (mutability.exclusions ?? []).some(({ filter }) => matchesWildcard(filter, tag));
  return immutable !== excluded;
}

/** Whether the whole text matches a pattern in which `*` stands for any characters, none included. Linear time. */
export function matchesWildcard(pattern: string, text: string): boolean {
  const [head = "", ...rest] = pattern.split("*");
  const tail = rest.pop();
  if (tail === undefined) return text === head;
  if (!text.startsWith(head)) return false;
  let from = head.length;
  for (const part of rest) {
    const found = text.indexOf(part, from);
    if (found < 0) return false;
    from = found + part.length;
  }
  return text.length - tail.length >= from && text.endsWith(tail);
}
