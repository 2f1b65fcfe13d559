import { invalidParameter } from "../faults.ts";
import { invalidPattern, quoted, type Scanner, unquote } from "./scanner.ts";

/** What a field is compared with: a text in which `*` stands for anything, or a number. */
export interface Comparison {
  readonly operator: "=" | "!=" | "<" | "<=" | ">" | ">=";
  /** Whether the field, as text and (when it is one) as number, passes. */
  holds(text: string, number: number | undefined): boolean;
}

const numeral = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;

/** The number that a text is, or `undefined`. */
export function numberOf(text: string): number | undefined {
  return numeral.test(text) ? Number(text) : undefined;
}

/**
 * Reads an operator and what follows it.
 * @param bare what an unquoted value may consist of, sticky.
 * @throws Fault `InvalidParameterException`.
 */
export function readComparison(scanner: Scanner, bare: RegExp): Comparison {
  const operator = scanner.match(/!=|<=|>=|=|<|>/y) as Comparison["operator"] | undefined;
  if (operator === undefined) throw invalidPattern();
  if (scanner.sees("%")) {
    // Ours: a stranger's expression could run for ever in the engine at hand.
    throw invalidParameter("Regular expressions in filter patterns are not served here.");
  }
  const literal = scanner.match(quoted);
  const value = literal === undefined ? scanner.match(bare) : unquote(literal);
  if (value === undefined) throw invalidPattern();
  const number = literal === undefined ? numberOf(value) : undefined;
  if (operator === "=" || operator === "!=") {
    const same =
      number === undefined ? like(value) : (text: string, n?: number) => n === number || text === value;
    return { operator, holds: operator === "=" ? same : (text, n) => !same(text, n) };
  }
  if (number === undefined) throw invalidPattern();
  const order = { "<": lessThan, "<=": atMost, ">": moreThan, ">=": atLeast }[operator];
  return { operator, holds: (_text, n) => n !== undefined && order(n, number) };
}

const lessThan = (a: number, b: number): boolean => a < b;
const atMost = (a: number, b: number): boolean => a <= b;
const moreThan = (a: number, b: number): boolean => a > b;
const atLeast = (a: number, b: number): boolean => a >= b;

/** Whether texts are like a value in which `*` stands for anything. Linear in the text for each part. */
function like(value: string): (text: string) => boolean {
  const parts = value.split("*");
  const first = parts[0] ?? "";
  const last = parts[parts.length - 1] ?? "";
  if (parts.length === 1) return (text) => text === value;
  return (text) => {
    if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last))
      return false;
    let from = first.length;
    const to = text.length - last.length;
    for (const part of parts.slice(1, -1)) {
      const found = text.indexOf(part, from);
      if (found < 0 || found + part.length > to) return false;
      from = found + part.length;
    }
    return true;
  };
}
