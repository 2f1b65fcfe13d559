import { BlockList, isIP } from "node:net";
import { isJsonObject, type Json } from "../../../kernel/json.ts";
import { invalidPattern } from "../faults.ts";

/** A leaf of an event: what a value matcher is asked about. */
export type Leaf = string | number | boolean | null;

/** Whether a leaf matches; `undefined` stands for a field that is not there. */
export type ValueMatcher = (value: Leaf | undefined) => boolean;

/**
 * Compiles one element of a pattern's list (EventBridge User Guide, "Comparison operators for use in event patterns").
 * Texts of refusals are those of AWS's open source matcher where they are known.
 * @throws Fault `InvalidEventPatternException`.
 */
export function compileValue(element: Json): ValueMatcher {
  if (Array.isArray(element))
    throw invalidPattern("Match value must be String, number, true, false, or null");
  if (!isJsonObject(element)) return (value) => value === element;
  const [[operator, operand] = ["", null], ...more] = Object.entries(element);
  if (more.length > 0) throw invalidPattern("Only one key allowed in match expression");
  const compile = operators[operator];
  if (compile === undefined) throw invalidPattern(`Unrecognized match type ${operator}`);
  return compile(operand);
}

const operators: Readonly<Record<string, (operand: Json) => ValueMatcher>> = {
  prefix: (operand) => onText(operand, "prefix", (text, part) => text.startsWith(part)),
  suffix: (operand) => onText(operand, "suffix", (text, part) => text.endsWith(part)),
  "equals-ignore-case": (operand) =>
    onStrings(theText(operand, "equals-ignore-case"), (text, part) => folded(text) === folded(part)),
  wildcard: (operand) => wildcard(theText(operand, "wildcard")),
  "anything-but": anythingBut,
  numeric,
  cidr,
  exists(operand) {
    if (typeof operand !== "boolean")
      throw invalidPattern("exists match pattern must be either true or false.");
    return (value) => (value !== undefined) === operand;
  },
};

const folded = (text: string): string => text.toLowerCase();

function theText(operand: Json, operator: string): string {
  if (typeof operand !== "string") throw invalidPattern(`${operator} match pattern must be a string`);
  return operand;
}

function onStrings(part: string, test: (text: string, part: string) => boolean): ValueMatcher {
  return (value) => typeof value === "string" && test(value, part);
}

/** `prefix` and `suffix` take a text, or `{"equals-ignore-case": text}`. */
function onText(
  operand: Json,
  operator: string,
  test: (text: string, part: string) => boolean,
): ValueMatcher {
  if (!isJsonObject(operand)) return onStrings(theText(operand, operator), test);
  const [[inner, part] = ["", null], ...more] = Object.entries(operand);
  if (inner !== "equals-ignore-case" || more.length > 0) {
    throw invalidPattern(`Unsupported ${operator} pattern: ${inner}`);
  }
  const text = folded(theText(part, operator));
  return onStrings(text, (value, wanted) => test(folded(value), wanted));
}

/** `*` stands for any number of characters, `\*` and `\\` for themselves. */
function wildcard(pattern: string): ValueMatcher {
  const parts = [""];
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i] ?? "";
    if (c === "\\") {
      const escaped = pattern[++i];
      if (escaped !== "*" && escaped !== "\\")
        throw invalidPattern(`Invalid escape character at pos ${i - 1}`);
      parts[parts.length - 1] += escaped;
    } else if (c !== "*") parts[parts.length - 1] += c;
    else if (i > 0 && pattern[i - 1] === "*" && !endsInEscape(pattern, i - 1)) {
      throw invalidPattern(`Consecutive wildcard characters at pos ${i - 1}`);
    } else parts.push("");
  }
  const [first = ""] = parts;
  const last = parts[parts.length - 1] ?? "";
  if (parts.length === 1) return (value) => value === first;
  return (value) => {
    if (typeof value !== "string" || value.length < first.length + last.length) return false;
    if (!value.startsWith(first) || !value.endsWith(last)) return false;
    let from = first.length;
    for (const part of parts.slice(1, -1)) {
      const found = value.indexOf(part, from);
      if (found < 0 || found + part.length > value.length - last.length) return false;
      from = found + part.length;
    }
    return true;
  };
}

/** Whether the character at `index` is one that a backslash escapes. */
function endsInEscape(pattern: string, index: number): boolean {
  let backslashes = 0;
  while (pattern[index - 1 - backslashes] === "\\") backslashes++;
  return backslashes % 2 === 1;
}

/** What is there, and is none of these. */
function anythingBut(operand: Json): ValueMatcher {
  const matchers = anythingButMatchers(operand);
  return (value) => value !== undefined && !matchers.some((matches) => matches(value));
}

function anythingButMatchers(operand: Json): readonly ValueMatcher[] {
  if (Array.isArray(operand)) return literals(operand);
  if (!isJsonObject(operand)) return literals([operand]);
  const [[operator, inner] = ["", null], ...more] = Object.entries(operand);
  if (more.length > 0) throw invalidPattern("Only one key allowed in match expression");
  const compile = ["prefix", "suffix", "equals-ignore-case", "wildcard"].includes(operator)
    ? operators[operator]
    : undefined;
  if (compile === undefined) throw invalidPattern(`Unsupported anything-but pattern: ${operator}`);
  const list = Array.isArray(inner) ? inner : [inner];
  if (list.length === 0) throw invalidPattern("Empty arrays are not allowed");
  return list.map((one) => compile(theText(one, operator)));
}

function literals(list: readonly Json[]): readonly ValueMatcher[] {
  if (list.length === 0) throw invalidPattern("Empty arrays are not allowed");
  const strings = list.every((one) => typeof one === "string");
  const numbers = list.every((one) => typeof one === "number");
  if (!strings && !numbers) {
    throw invalidPattern("Inside anything but list, start|null|boolean is not supported.");
  }
  return list.map((one) => (value) => value === one);
}

type Comparator = (value: number, bound: number) => boolean;

const comparators: Readonly<Record<string, Comparator>> = {
  "=": (value, bound) => value === bound,
  "<": (value, bound) => value < bound,
  "<=": (value, bound) => value <= bound,
  ">": (value, bound) => value > bound,
  ">=": (value, bound) => value >= bound,
};

/** AWS: numbers are compared between −5e9 and 5e9. */
const largest = 5e9;

/** `["=", 5]`, `[">", 0]` or `[">", 0, "<=", 5]`. */
function numeric(operand: Json): ValueMatcher {
  if (!Array.isArray(operand)) throw invalidPattern("Value of numeric must be an array.");
  const [lower, lowest, upper, highest, ...rest] = operand as readonly Json[];
  if (rest.length > 0) throw invalidPattern("Too many elements in numeric expression");
  const tests = [comparison(lower, lowest)];
  if (upper !== undefined) {
    if (!(lower === ">" || lower === ">=") || !(upper === "<" || upper === "<=")) {
      throw invalidPattern("Too many terms in numeric range expression");
    }
    tests.push(comparison(upper, highest));
    if (!((lowest as number) < (highest as number))) throw invalidPattern("Bottom must be less than top");
  }
  return (value) => typeof value === "number" && tests.every((test) => test(value));
}

function comparison(operator: Json | undefined, bound: Json | undefined): (value: number) => boolean {
  if (operator === undefined) throw invalidPattern("Invalid member in numeric match: ]");
  const compare = typeof operator === "string" ? comparators[operator] : undefined;
  if (compare === undefined) throw invalidPattern(`Unrecognized numeric range operator: ${String(operator)}`);
  if (typeof bound !== "number") throw invalidPattern(`Value of ${String(operator)} must be numeric`);
  if (Math.abs(bound) > largest)
    throw invalidPattern(`Value must be between ${-largest} and ${largest}, inclusive`);
  return (value) => compare(value, bound);
}

/** An address, or a block of them, of either family. */
function cidr(operand: Json): ValueMatcher {
  const block = theText(operand, "cidr");
  const [address = "", length, ...rest] = block.split("/");
  const family = isIP(address);
  const bits = length === undefined ? undefined : Number(length);
  if (rest.length > 0 || bits === undefined) throw invalidPattern("Malformed CIDR, one '/' required");
  if (family === 0) throw invalidPattern("Malformed CIDR, invalid IP address");
  if (!/^\d{1,3}$/.test(length ?? "") || bits > (family === 4 ? 32 : 128)) {
    throw invalidPattern("Malformed CIDR, mask bits must be an integer");
  }
  const list = new BlockList();
  list.addSubnet(address, bits, family === 4 ? "ipv4" : "ipv6");
  return (value) =>
    typeof value === "string" && isIP(value) === family && list.check(value, family === 4 ? "ipv4" : "ipv6");
}
