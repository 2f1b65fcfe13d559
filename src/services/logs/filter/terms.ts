import { invalidParameter } from "../faults.ts";
import type { FilterPattern } from "./pattern.ts";
import { invalidPattern, quoted, Scanner, unquote } from "./scanner.ts";

/**
 * Terms: all that stand alone must be in the message, none of those after `-`, and of those after `?` one, unless
 * there are others. Terms match case-sensitively, anywhere in the message.
 * AWS: `?` beside other terms is ignored.
 */
export function parseTerms(text: string): FilterPattern {
  const scanner = new Scanner(text);
  const wanted: string[] = [];
  const excluded: string[] = [];
  const optional: string[] = [];
  while (!scanner.done) {
    const list = scanner.take("?") ? optional : scanner.take("-") ? excluded : wanted;
    list.push(readTerm(scanner));
  }
  const alone = wanted.length === 0 && excluded.length === 0;
  return {
    matches: (message) =>
      wanted.every((term) => message.includes(term)) &&
      !excluded.some((term) => message.includes(term)) &&
      (!alone || optional.length === 0 || optional.some((term) => message.includes(term))),
    extract: () => ({}),
  };
}

function readTerm(scanner: Scanner): string {
  const literal = scanner.matchHere(quoted);
  if (literal !== undefined) return unquote(literal);
  if (scanner.sees("%"))
    throw invalidParameter("Regular expressions in filter patterns are not served here.");
  // AWS: a term of other characters than these must be quoted; it is taken as it stands here.
  const term = scanner.matchHere(/[^\s"]+/y);
  if (term === undefined) throw invalidPattern();
  return term;
}
