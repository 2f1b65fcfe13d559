import type { Listed } from "../parse/document.ts";
import { Glob, hasWildcard } from "./glob.ts";

/** What an `Action` or `NotAction` element covers. Actions are compared without regard to case. */
export interface ActionMatcher {
  /** Whether the statement is about an action, given in lower case: `ecr:putimage`. */
  covers(action: string): boolean;
  /** The service prefixes the element can cover; `undefined` when it may be any. */
  readonly services: ReadonlySet<string> | undefined;
}

/** Compiles an `Action` or `NotAction` element (IAM User Guide, "IAM JSON policy elements: Action"). */
export function compileAction({ negated, values }: Listed<string>): ActionMatcher {
  const patterns = values.map((value) => value.toLowerCase());
  const exact = new Set(patterns.filter((pattern) => !hasWildcard(pattern)));
  const globs = patterns.filter(hasWildcard).map((pattern) => Glob.of(pattern));
  const listed = (action: string): boolean => exact.has(action) || globs.some((glob) => glob.matches(action));
  const services = patterns.map((pattern) => pattern.slice(0, Math.max(0, pattern.indexOf(":"))));
  const anyService = negated || services.some((service) => service === "" || hasWildcard(service));
  return {
    covers: negated ? (action) => !listed(action) : listed,
    services: anyService ? undefined : new Set(services),
  };
}
