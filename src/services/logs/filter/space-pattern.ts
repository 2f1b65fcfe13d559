import { numberOf, readComparison } from "./comparison.ts";
import type { FilterPattern } from "./pattern.ts";
import { invalidPattern, Scanner } from "./scanner.ts";

type Condition = (fields: ReadonlyMap<string, string>) => boolean;

/** One place in the brackets: `…` for any number of fields, or one field with its name and condition. */
type Place = "..." | { readonly name: string; readonly holds?: Condition };

/**
 * A pattern for fields separated by spaces: `[ip, ..., status = 4*, bytes > 1000]`. A field in the message may be
 * enclosed in `"…"` or `[…]`. The number of fields must fit, unless there is an ellipsis.
 */
export function parseSpacePattern(text: string): FilterPattern {
  const scanner = new Scanner(text);
  const places: Place[] = [];
  scanner.expect("[");
  while (!scanner.take("]")) {
    places.push(readPlace(scanner, places.length));
    if (!scanner.sees("]")) scanner.expect(",");
  }
  if (!scanner.done || places.filter((place) => place === "...").length > 1) throw invalidPattern();
  const match = (message: string): ReadonlyMap<string, string> | undefined => {
    const named = nameFields(places, fieldsOf(message));
    if (named === undefined) return undefined;
    return places.every((place) => place === "..." || (place.holds?.(named) ?? true)) ? named : undefined;
  };
  return {
    matches: (message) => match(message) !== undefined,
    extract: (message) =>
      Object.fromEntries([...(match(message) ?? [])].map(([name, value]) => [`$${name}`, value])),
  };
}

function readPlace(scanner: Scanner, index: number): Place {
  if (scanner.take("...")) return "...";
  const name = scanner.match(/[\w-]+/y);
  // AWS: a field without a name is counted and not looked at.
  if (name === undefined) return { name: String(index + 1) };
  if (scanner.sees(",", "]")) return { name };
  return { name, holds: readAny(scanner, name) };
}

/** `status = 4* || status = 5*`: a name may stand again before each comparison. */
function readAny(scanner: Scanner, name: string): Condition {
  const options = [readAll(scanner, name)];
  while (scanner.take("||")) {
    scanner.match(/[\w-]+(?=\s*(?:=|!=|<|>))/y);
    options.push(readAll(scanner, name));
  }
  return (fields) => options.some((holds) => holds(fields));
}

function readAll(scanner: Scanner, name: string): Condition {
  const parts = [readComparison(scanner, /[^\s",&|[\]()=<>!]+/y)];
  while (scanner.take("&&")) {
    scanner.match(/[\w-]+(?=\s*(?:=|!=|<|>))/y);
    parts.push(readComparison(scanner, /[^\s",&|[\]()=<>!]+/y));
  }
  return (fields) => {
    const value = fields.get(name);
    return value !== undefined && parts.every((part) => part.holds(value, numberOf(value)));
  };
}

function fieldsOf(message: string): readonly string[] {
  const found = message.trim().matchAll(/"([^"]*)"|\[([^\]]*)\]|(\S+)/g);
  return [...found].map(([, inQuotes, inBrackets, bare]) => inQuotes ?? inBrackets ?? bare ?? "");
}

function nameFields(places: readonly Place[], fields: readonly string[]): Map<string, string> | undefined {
  const ellipsis = places.indexOf("...");
  const fixed = places.length - (ellipsis < 0 ? 0 : 1);
  if (ellipsis < 0 ? fields.length !== fixed : fields.length < fixed) return undefined;
  const skipped = fields.length - fixed;
  const named = new Map<string, string>();
  let at = 0;
  for (const place of places) {
    if (place === "...") at += skipped;
    else named.set(place.name, fields[at++] ?? "");
  }
  return named;
}
