import { boundedCache } from "../../../kernel/bounded-cache.ts";
import { isJsonObject, type Json, parseJson } from "../../../kernel/json.ts";
import { invalidPattern } from "../faults.ts";
import { compileValue, type Leaf, type ValueMatcher } from "./values.ts";

/** A compiled event pattern. */
export interface EventPattern {
  matches(event: Json): boolean;
  /**
   * What the pattern lists at a path, for condition keys such as `events:source`: texts as they are, and what matches
   * more than one value (`{"prefix":"aws."}`) as its JSON, so that no list of allowed texts lets it pass.
   */
  listed(...path: readonly string[]): readonly string[];
}

/** Whether a value of an event matches; `undefined` stands for a field that is not there. */
type Matcher = (value: Json | undefined) => boolean;

const compiled = boundedCache<EventPattern>(2_000);
/** `$or` multiplies what a pattern has to try. */
const mostAlternatives = 1_000;

/**
 * Compiles an event pattern ("Amazon EventBridge event patterns", User Guide): every field of the pattern must be in
 * the event, and its list have an element that matches. An array in the event matches when one of its elements does;
 * the fields of a nested pattern are looked for in the same element.
 * @throws Fault `InvalidEventPatternException`.
 */
export function eventPattern(text: string): EventPattern {
  const known = compiled.get(text);
  if (known !== undefined) return known;
  const json = parseJson(text);
  if (!isJsonObject(json)) throw invalidPattern("Filter is not an object");
  const budget = { alternatives: 0 };
  const matches = compileObject(json, budget);
  const pattern: EventPattern = {
    matches: (event) => matches(event),
    listed: (...path) => listedAt(json, path),
  };
  compiled.set(text, pattern);
  return pattern;
}

function compileObject(pattern: { readonly [key: string]: Json }, budget: { alternatives: number }): Matcher {
  const entries = Object.entries(pattern);
  if (entries.length === 0) throw invalidPattern("Empty objects are not allowed");
  const fields = entries.map(([name, inner]): Matcher => {
    const alternatives = name === "$or" ? alternativesOf(inner) : undefined;
    if (alternatives !== undefined) {
      budget.alternatives += alternatives.length;
      if (budget.alternatives > mostAlternatives) throw invalidPattern("Too many $or alternatives");
      const options = alternatives.map((one) => compileObject(one, budget));
      return (value) => options.some((matches) => matches(value));
    }
    const matches = compileField(name, inner, budget);
    return (value) => matches(member(value, name));
  });
  const all: Matcher = (value) => fields.every((matches) => matches(value));
  const matches: Matcher = (value) =>
    Array.isArray(value) && value.length > 0 ? value.some((element) => matches(element)) : all(value);
  return matches;
}

function compileField(name: string, inner: Json, budget: { alternatives: number }): Matcher {
  if (isJsonObject(inner)) return compileObject(inner, budget);
  if (!Array.isArray(inner)) throw invalidPattern(`"${name}" must be an object or an array`);
  if (inner.length === 0) throw invalidPattern("Empty arrays are not allowed");
  const values = (inner as readonly Json[]).map(compileValue);
  return (value) => matchesLeaf(values, value);
}

/**
 * AWS: `$or` is a keyword where it holds a list of two or more patterns, none of which could be an operator; otherwise
 * it is a field of that name.
 */
function alternativesOf(inner: Json): readonly { readonly [key: string]: Json }[] | undefined {
  if (!Array.isArray(inner) || inner.length < 2) return undefined;
  const objects = (inner as readonly Json[]).filter(isJsonObject);
  const operator = (key: string) =>
    [
      "prefix",
      "suffix",
      "equals-ignore-case",
      "wildcard",
      "anything-but",
      "numeric",
      "cidr",
      "exists",
    ].includes(key);
  const patterns = objects.every((one) => !Object.keys(one).some(operator));
  return objects.length === inner.length && patterns ? objects : undefined;
}

function member(value: Json | undefined, name: string): Json | undefined {
  return isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** An array stands for its elements; what has members is no leaf, and as good as absent. */
function matchesLeaf(values: readonly ValueMatcher[], value: Json | undefined): boolean {
  const leaves = leavesOf(value);
  if (leaves.length > 0) return leaves.some((leaf) => values.some((matches) => matches(leaf)));
  return values.some((matches) => matches(undefined));
}

function leavesOf(value: Json | undefined): readonly Leaf[] {
  if (value === undefined || isJsonObject(value)) return [];
  return Array.isArray(value) ? (value as readonly Json[]).flatMap(leavesOf) : [value as Leaf];
}

function listedAt(pattern: Json, path: readonly string[]): readonly string[] {
  let at: Json | undefined = pattern;
  for (const name of path) at = member(at, name);
  if (!Array.isArray(at)) return [];
  return (at as readonly Json[]).map((one) => (typeof one === "string" ? one : JSON.stringify(one)));
}
