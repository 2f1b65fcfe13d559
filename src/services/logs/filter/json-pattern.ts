import { isJsonObject, type Json, parseJson } from "../../../kernel/json.ts";
import { readComparison } from "./comparison.ts";
import type { FilterPattern } from "./pattern.ts";
import { invalidPattern, Scanner } from "./scanner.ts";

type Condition = (event: Json) => boolean;

/** A step into a JSON value: a member, an element, or every element. */
type Step = string | number | "*every";

/** Conditions nest no deeper. */
const maxDepth = 32;

/**
 * A pattern that looks into JSON: `{ $.status = 4* && ($.ms > 100 || $.user NOT EXISTS) }`. `&&` binds closer than
 * `||`. What is not JSON does not match, and a field that is not there matches nothing but `NOT EXISTS`.
 */
export function parseJsonPattern(text: string): FilterPattern {
  const scanner = new Scanner(text);
  const selectors = new Map<string, readonly Step[]>();
  scanner.expect("{");
  const condition = readAny(scanner, selectors, 0);
  scanner.expect("}");
  if (!scanner.done) throw invalidPattern();
  return {
    matches(message) {
      const event = parseJson(message);
      return event !== undefined && condition(event);
    },
    extract(message) {
      const event = parseJson(message) ?? null;
      const found = [...selectors].map(([name, steps]): [string, string] => {
        const [value] = select(event, steps);
        return [name, value === undefined ? "" : textOf(value)];
      });
      return Object.fromEntries(found);
    },
  };
}

function readAny(scanner: Scanner, selectors: Map<string, readonly Step[]>, depth: number): Condition {
  if (depth > maxDepth) throw invalidPattern();
  const options = [readAll(scanner, selectors, depth)];
  while (scanner.take("||")) options.push(readAll(scanner, selectors, depth));
  return options.length === 1 ? (options[0] as Condition) : (event) => options.some((holds) => holds(event));
}

function readAll(scanner: Scanner, selectors: Map<string, readonly Step[]>, depth: number): Condition {
  const parts = [readOne(scanner, selectors, depth)];
  while (scanner.take("&&")) parts.push(readOne(scanner, selectors, depth));
  return parts.length === 1 ? (parts[0] as Condition) : (event) => parts.every((holds) => holds(event));
}

function readOne(scanner: Scanner, selectors: Map<string, readonly Step[]>, depth: number): Condition {
  if (scanner.take("(")) {
    const inner = readAny(scanner, selectors, depth + 1);
    scanner.expect(")");
    return inner;
  }
  const name = scanner.match(/\$(?:\.[\w\-@#]+|\[(?:\d+|\*)\]|\['[^']*'\])+/y);
  if (name === undefined) throw invalidPattern();
  const steps = stepsOf(name);
  selectors.set(name, steps);
  if (scanner.take("NOT")) {
    scanner.expect("EXISTS");
    return (event) => select(event, steps).length === 0;
  }
  if (scanner.take("EXISTS")) return (event) => select(event, steps).length > 0;
  if (scanner.take("IS")) {
    const wanted = scanner.match(/NULL|TRUE|FALSE/iy)?.toUpperCase();
    if (wanted === undefined) throw invalidPattern();
    const value = { NULL: null, TRUE: true, FALSE: false }[wanted];
    return (event) => select(event, steps).some((found) => found === value);
  }
  const comparison = readComparison(scanner, /[^\s"{}()&|=<>!]+/y);
  return (event) =>
    select(event, steps).some(
      (found) =>
        isLeaf(found) && comparison.holds(textOf(found), typeof found === "number" ? found : undefined),
    );
}

function stepsOf(selector: string): readonly Step[] {
  const steps = selector.matchAll(/\.([\w\-@#]+)|\[(\d+|\*)\]|\['([^']*)'\]/g);
  return [...steps].map(([, member, element, named]) => {
    if (element === undefined) return member ?? named ?? "";
    return element === "*" ? "*every" : Number(element);
  });
}

function select(event: Json, steps: readonly Step[]): readonly Json[] {
  let found: readonly Json[] = [event];
  for (const step of steps) found = found.flatMap((value) => [...stepInto(value, step)]);
  return found;
}

function stepInto(value: Json, step: Step): readonly Json[] {
  if (Array.isArray(value)) {
    if (step === "*every") return value;
    const element = typeof step === "number" ? value[step] : undefined;
    return element === undefined ? [] : [element];
  }
  if (!isJsonObject(value) || typeof step !== "string" || !Object.hasOwn(value, step)) return [];
  const member = value[step];
  return member === undefined ? [] : [member];
}

function isLeaf(value: Json): boolean {
  return typeof value !== "object" || value === null;
}

function textOf(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
