import { isMultivaluedKey } from "../context.ts";
import type { RequestContext } from "../types.ts";
import { Glob, hasWildcard } from "./glob.ts";

/** Whether a text of the request matches what a policy says. */
export type TextMatcher = (text: string, context: RequestContext) => boolean;

/** How a template reads `*` and `?`, and whether case counts. */
export type TemplateMode = "pattern" | "literal" | "ignore case";

/** What `${…}` stands for: a fixed character, or a context key with an optional default. */
type Part =
  | string
  | { readonly literal: string }
  | { readonly key: string; readonly written: string; readonly fallback: string | undefined };

/**
 * Compiles a text of a policy in which `${key}`, `${key, 'default'}`, `${*}`, `${?}` and `${$}` may stand
 * (IAM User Guide, "IAM policy elements: Variables and tags"). What a variable puts in has no wildcards.
 * A variable whose key is absent and that has no default, or whose key is a list, matches nothing.
 * @param variables false in documents of version 2008-10-17, where `${…}` is plain text
 */
export function compileTemplate(text: string, mode: TemplateMode, variables: boolean): TextMatcher {
  const parts = variables ? readParts(text) : [text];
  if (!parts.some((part) => typeof part !== "string" && "key" in part)) return fixedMatcher(parts, mode);
  return (value, context) => {
    const resolved: (string | { readonly literal: string })[] = [];
    for (const part of parts) {
      if (typeof part === "string" || "literal" in part) resolved.push(part);
      else {
        const literal = context.has(part.key) ? variableValue(part.key, context) : part.fallback;
        if (literal === undefined) return false;
        resolved.push({ literal });
      }
    }
    if (mode === "pattern") return Glob.of(...resolved).matches(value);
    const whole = joined(resolved);
    return mode === "literal" ? whole === value : whole.toLowerCase() === value.toLowerCase();
  };
}

/** The context keys, as written, that a text of a policy reads through variables. */
export function variablesOf(text: string): string[] {
  return readParts(text).flatMap((part) => (typeof part !== "string" && "key" in part ? [part.written] : []));
}

function fixedMatcher(parts: readonly Part[], mode: TemplateMode): TextMatcher {
  const fixed = parts.filter((part) => typeof part === "string" || "literal" in part);
  const whole = joined(fixed);
  if (mode === "ignore case") {
    const lower = whole.toLowerCase();
    return (value) => value.toLowerCase() === lower;
  }
  if (mode === "literal" || !fixed.some((part) => typeof part === "string" && hasWildcard(part)))
    return (value) => value === whole;
  if (whole === "*") return () => true;
  const glob = Glob.of(...fixed);
  return (value) => glob.matches(value);
}

function joined(parts: readonly (string | { readonly literal: string })[]): string {
  return parts.map((part) => (typeof part === "string" ? part : part.literal)).join("");
}

/** AWS: a list cannot fill a variable, not even with one member, and keeps its default out (recorded on AWS). */
function variableValue(key: string, context: RequestContext): string | undefined {
  const values = context.get(key);
  return values?.length === 1 && !isMultivaluedKey(key) ? values[0] : undefined;
}

/** Cuts a text at its variables in one pass. An unclosed `${` is plain text. */
function readParts(text: string): Part[] {
  const parts: Part[] = [];
  let from = 0;
  for (;;) {
    const open = text.indexOf("${", from);
    const close = open < 0 ? -1 : text.indexOf("}", open + 2);
    if (close < 0) break;
    if (open > from) parts.push(text.slice(from, open));
    parts.push(readVariable(text.slice(open + 2, close)));
    from = close + 1;
  }
  if (from < text.length || parts.length === 0) parts.push(text.slice(from));
  return parts;
}

function readVariable(name: string): Part {
  if (name === "*" || name === "?" || name === "$") return { literal: name };
  const comma = name.indexOf(",");
  const written = (comma < 0 ? name : name.slice(0, comma)).trim();
  const quoted = comma < 0 ? "" : name.slice(comma + 1).trim();
  const fallback =
    quoted.length >= 2 && quoted.startsWith("'") && quoted.endsWith("'") ? quoted.slice(1, -1) : undefined;
  return { key: written.toLowerCase(), written, fallback };
}
