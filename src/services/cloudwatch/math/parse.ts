import { MathError, type Token, tokensOf } from "./tokens.ts";

/** An expression of metric math (User Guide, "Metric math syntax and functions"). */
export type Expression =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "text"; readonly value: string }
  | { readonly kind: "reference"; readonly id: string }
  | { readonly kind: "list"; readonly items: readonly Expression[] }
  | { readonly kind: "negation"; readonly of: Expression }
  | {
      readonly kind: "operation";
      readonly sign: string;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expression[] };

/** The binary operators, the loosest binding first. */
const levels: readonly (readonly string[])[] = [
  ["||"],
  ["&&"],
  ["==", "!="],
  ["<", ">", "<=", ">="],
  ["+", "-"],
  ["*", "/"],
  ["^"],
];
const words: Readonly<Record<string, string>> = { AND: "&&", OR: "||" };
/** Nested parentheses, lists and calls. */
const deepest = 64;

/** Reads an expression. @throws MathError */
export function parseExpression(text: string): Expression {
  const tokens = tokensOf(text);
  let next = 0;
  let depth = 0;

  const sign = (): string | undefined => {
    const token = tokens[next];
    if (token?.kind === "sign") return token.value;
    return token?.kind === "name" ? words[token.value.toUpperCase()] : undefined;
  };
  const take = (): Token => {
    const token = tokens[next++];
    if (token === undefined) throw new MathError("the expression ends too early");
    return token;
  };
  const expect = (wanted: string): void => {
    if (sign() !== wanted) throw new MathError(`${wanted} is missing`);
    next++;
  };
  const level = (at: number): Expression => {
    const signs = levels[at];
    if (signs === undefined) return unary();
    let left = level(at + 1);
    for (let found = sign(); found !== undefined && signs.includes(found); found = sign()) {
      next++;
      left = { kind: "operation", sign: found, left, right: level(at + 1) };
    }
    return left;
  };
  const unary = (): Expression => {
    if (sign() !== "-") return primary();
    next++;
    return { kind: "negation", of: nested(unary) };
  };
  const nested = <T>(read: () => T): T => {
    if (++depth > deepest) throw new MathError(`it is nested deeper than ${deepest}`);
    const found = read();
    depth--;
    return found;
  };
  const items = (close: string): readonly Expression[] => {
    if (sign() === close) {
      next++;
      return [];
    }
    const found = [nested(() => level(0))];
    while (sign() === ",") {
      next++;
      found.push(nested(() => level(0)));
    }
    expect(close);
    return found;
  };
  const primary = (): Expression => {
    const token = take();
    switch (token.kind) {
      case "number":
      case "text":
        return token;
      case "name":
        if (sign() !== "(") return { kind: "reference", id: token.value };
        next++;
        return { kind: "call", name: token.value.toUpperCase(), args: items(")") };
      case "sign": {
        if (token.value === "[") return { kind: "list", items: items("]") };
        if (token.value !== "(") throw new MathError(`unexpected ${token.value}`);
        const inner = nested(() => level(0));
        expect(")");
        return inner;
      }
    }
  };

  const expression = level(0);
  if (next < tokens.length) throw new MathError(`something follows the end of the expression`);
  return expression;
}

/** The ids that an expression refers to. */
export function referencesOf(expression: Expression): ReadonlySet<string> {
  switch (expression.kind) {
    case "number":
    case "text":
      return new Set();
    case "reference":
      return new Set([expression.id]);
    case "negation":
      return referencesOf(expression.of);
    case "operation":
      return new Set([...referencesOf(expression.left), ...referencesOf(expression.right)]);
    case "list":
      return new Set(expression.items.flatMap((item) => [...referencesOf(item)]));
    case "call":
      return new Set(expression.args.flatMap((item) => [...referencesOf(item)]));
  }
}
