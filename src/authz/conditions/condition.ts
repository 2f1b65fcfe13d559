import { isMultivaluedKey } from "../context.ts";
import type { ConditionSyntax } from "../parse/document.ts";
import { PolicySyntaxError } from "../parse/syntax-error.ts";
import type { RequestContext } from "../types.ts";
import { arnOperators } from "./arn.ts";
import { binaryOperators } from "./binary.ts";
import { boolOperators } from "./bool.ts";
import { dateOperators } from "./date.ts";
import { ipAddressOperators } from "./ip-address.ts";
import { numericOperators } from "./numeric.ts";
import { type Operator, unusable } from "./operator.ts";
import { stringOperators } from "./string.ts";

/** One condition of a statement, compiled. All conditions of a statement must hold. */
export interface Condition {
  /** The context key it asks for, lower-cased. */
  readonly key: string;
  holds(context: RequestContext): boolean;
}

/** Every operator but `Null`, by lower-cased name. */
const operators: ReadonlyMap<string, Operator> = new Map(
  [
    ...stringOperators,
    ...numericOperators,
    ...dateOperators,
    ...boolOperators,
    ...binaryOperators,
    ...ipAddressOperators,
    ...arnOperators,
  ].map(([name, operator]) => [name.toLowerCase(), operator]),
);

/** An operator's name taken apart: `ForAnyValue:StringLikeIfExists`. */
export interface OperatorName {
  readonly quantifier: "all" | "any" | undefined;
  /** Lower-cased, without prefix and suffix: `stringlike`. */
  readonly base: string;
  readonly ifExists: boolean;
}

/** Reads an operator's name, in any case; `undefined` when there is no such operator (`NullIfExists` is none). */
export function readOperatorName(name: string): OperatorName | undefined {
  const match = /^(?:(forallvalues|foranyvalue):)?([a-z]+?)(ifexists)?$/.exec(name.toLowerCase());
  const [, prefix, base = "", suffix] = match ?? [];
  const quantifier = prefix === undefined ? undefined : prefix === "forallvalues" ? "all" : "any";
  const ifExists = suffix !== undefined;
  if (base === "null" ? ifExists : !operators.has(base)) return undefined;
  return { quantifier, base, ifExists };
}

/**
 * Compiles one condition (IAM User Guide, "Condition operators", "Multivalued context keys"):
 * - a plain operator holds when any policy value matches the request's one value, a negated one when none does;
 *   a missing key fails the plain and satisfies the negated form; a key with a list satisfies neither;
 * - `ForAllValues` asks it of every value (so it holds of none), `ForAnyValue` of at least one;
 * - `IfExists` holds when the key is missing, and is the operator itself when it is there.
 * @throws PolicySyntaxError when there is no such operator
 */
export function compileCondition(
  syntax: ConditionSyntax,
  effect: "Allow" | "Deny",
  variables: boolean,
): Condition {
  const name = readOperatorName(syntax.operator);
  if (name === undefined) throw new PolicySyntaxError(`${syntax.operator} is not a condition operator.`);
  const key = syntax.key.toLowerCase();
  if (name.base === "null") return nullCondition(key, syntax.values);
  const operator = operators.get(name.base);
  if (operator === undefined) throw new PolicySyntaxError(`${syntax.operator} is not a condition operator.`);

  const { negated, comparable } = operator;
  const comparisons = syntax.values.map((value) => operator.compile(value, variables));
  const satisfies = (value: string, context: RequestContext): boolean => {
    if (comparable !== undefined && !comparable(value)) return false;
    for (const equals of comparisons) {
      if (equals === unusable) return effect === "Deny";
      if (equals(value, context)) return !negated;
    }
    return negated;
  };
  const { quantifier, ifExists } = name;
  const isList = isMultivaluedKey(key);
  return {
    key,
    holds(context) {
      const values = context.get(key);
      if (values === undefined)
        return ifExists || quantifier === "all" || (quantifier === undefined && negated);
      if (quantifier === "all") return values.every((value) => satisfies(value, context));
      if (quantifier === "any") return values.some((value) => satisfies(value, context));
      const [only] = values;
      // AWS: a list never satisfies an operator for single values, not even a negated one.
      return only !== undefined && values.length === 1 && !isList && satisfies(only, context);
    },
  };
}

/** `Null`: `true` asks that the key be absent, anything else that it be there; an empty value is there. */
function nullCondition(key: string, values: readonly string[]): Condition {
  const wanted = values.map((value) => value.toLowerCase() === "true");
  return { key, holds: (context) => wanted.includes(!context.has(key)) };
}
