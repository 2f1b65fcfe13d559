import type { PolicyCase } from "../../src/authz/policy-case.arbitrary.ts";

/** Members that a case or a statement cannot be without. */
const needed = new Set([
  "principal",
  "action",
  "resource",
  "context",
  "version",
  "identity",
  "Effect",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Principal",
  "NotPrincipal",
  "AWS",
  "Service",
]);

/**
 * Takes parts away from a case as long as `keeps` holds of what is left: members and list items one by one, from
 * the top down, until nothing more can go. The result is a small example of the same thing, and well formed.
 */
export function minimise(one: PolicyCase, keeps: (smaller: PolicyCase) => boolean): PolicyCase {
  let current = one;
  for (let next: PolicyCase | undefined = one; next !== undefined; ) {
    current = next;
    next = undefined;
    for (const smaller of reductions(current)) {
      if (!keeps(smaller as PolicyCase)) continue;
      next = smaller as PolicyCase;
      break;
    }
  }
  return current;
}

/** Every value that lacks one member or item, at any depth, of the given one. */
function* reductions(value: unknown, mayBeEmpty = false): Generator<unknown> {
  if (Array.isArray(value)) {
    if (mayBeEmpty || value.length > 1) for (let i = 0; i < value.length; i++) yield value.toSpliced(i, 1);
    for (const [i, item] of value.entries())
      for (const smaller of reductions(item)) yield value.with(i, smaller);
  } else if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).filter(([key]) => key !== "principal");
    for (const [key] of members)
      if (!needed.has(key)) {
        const { [key]: _gone, ...rest } = value as Record<string, unknown>;
        yield rest;
      }
    for (const [key, member] of members)
      for (const smaller of reductions(member, key === "identity")) yield { ...value, [key]: smaller };
  }
}
