import type { RequestContext } from "./types.ts";

/** A context value as callers have it; numbers and booleans are rendered as AWS renders them. */
export type ContextValue = string | number | boolean;

/**
 * Keys that hold lists, whose conditions need `ForAllValues` or `ForAnyValue` even when the list has one member
 * (IAM User Guide, "Single-valued vs. multivalued context keys" and "AWS global condition context keys").
 */
const multivaluedKeys: ReadonlySet<string> = new Set([
  "aws:calledvia",
  "aws:principalorgpaths",
  "aws:principalservicenameslist",
  "aws:resourceorgpaths",
  "aws:sourceorgpaths",
  "aws:sourcevpcearnlist",
  "aws:tagkeys",
  "aws:vpceorgpaths",
  "kms:encryptioncontextkeys",
  "kms:grantoperations",
  "kms:resourcealiases",
  "sts:transitivetagkeys",
]);

/** Whether a condition key (any case) is a list by its definition. */
export function isMultivaluedKey(key: string): boolean {
  return multivaluedKeys.has(key.toLowerCase());
}

/**
 * Builds a request context: keys are lower-cased, `undefined` means absent, an empty list is a present, empty set.
 * Of two records with the same key the later one wins.
 */
export function requestContext(
  ...records: readonly Readonly<Record<string, ContextValue | readonly ContextValue[] | undefined>>[]
): RequestContext {
  const context = new Map<string, readonly string[]>();
  for (const record of records)
    for (const [key, value] of Object.entries(record)) {
      if (value === undefined) continue;
      context.set(key.toLowerCase(), isList(value) ? value.map(String) : [String(value)]);
    }
  return context;
}

function isList(value: ContextValue | readonly ContextValue[]): value is readonly ContextValue[] {
  return Array.isArray(value);
}
