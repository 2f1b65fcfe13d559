import { boundedCache } from "../../../kernel/bounded-cache.ts";
import { parseJsonPattern } from "./json-pattern.ts";
import { parseSpacePattern } from "./space-pattern.ts";
import { parseTerms } from "./terms.ts";

/** What a filter pattern says of one message. */
export interface FilterPattern {
  matches(message: string): boolean;
  /** The values that the pattern names in a message that matches, by name (`$.errorCode`, `$ip`), for TestMetricFilter. */
  extract(message: string): Readonly<Record<string, string>>;
}

const compiled = boundedCache<FilterPattern>(500);

/**
 * Compiles a filter pattern (CloudWatch Logs User Guide, "Filter pattern syntax"): `{ … }` looks into JSON, `[ … ]`
 * into fields separated by spaces, everything else is terms.
 * @throws Fault `InvalidParameterException`.
 */
export function filterPattern(text: string): FilterPattern {
  const known = compiled.get(text);
  if (known !== undefined) return known;
  const trimmed = text.trim();
  const pattern = trimmed.startsWith("{")
    ? parseJsonPattern(trimmed)
    : trimmed.startsWith("[")
      ? parseSpacePattern(trimmed)
      : parseTerms(trimmed);
  compiled.set(text, pattern);
  return pattern;
}
