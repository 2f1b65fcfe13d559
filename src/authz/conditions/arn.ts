import { compileTemplate } from "../match/template.ts";
import { type Operator, unusable, withNegation } from "./operator.ts";

/**
 * `ArnEquals`, `ArnLike` and their negations (IAM User Guide, "Amazon Resource Name (ARN) condition operators"):
 * each of the six parts is matched by itself, with wildcards; `ArnEquals` and `ArnLike` are the same.
 * A request value that is no ARN fails the negations as well, and a policy value that is none never helps the
 * caller (both recorded on AWS).
 */
export const arnOperators: readonly (readonly [string, Operator])[] = [
  ...withNegation("ArnEquals", "ArnNotEquals", comparingArns()),
  ...withNegation("ArnLike", "ArnNotLike", comparingArns()),
];

function comparingArns(): Omit<Operator, "negated"> {
  return {
    comparable: (requestValue) => splitArn(requestValue) !== undefined,
    compile(policyValue, variables) {
      const parts = splitArn(policyValue);
      // A variable may hold a whole ARN; then there are no parts to match one by one.
      if (parts === undefined)
        return variables && policyValue.includes("${")
          ? compileTemplate(policyValue, "pattern", variables)
          : unusable;
      const matchers = parts.map((part) => compileTemplate(part, "pattern", variables));
      return (requestValue, context) => {
        const values = splitArn(requestValue);
        return values !== undefined && matchers.every((matches, i) => matches(values[i] ?? "", context));
      };
    },
  };
}

/**
 * Splits at the first five colons that are not inside `${…}`.
 * @returns six parts, the first of them `arn`; `undefined` for anything else
 */
export function splitArn(text: string): string[] | undefined {
  const parts: string[] = [];
  let from = 0;
  let inVariable = false;
  for (let i = 0; i < text.length && parts.length < 5; i++) {
    const c = text[i];
    if (c === "$" && text[i + 1] === "{") inVariable = true;
    else if (c === "}") inVariable = false;
    else if (c === ":" && !inVariable) {
      parts.push(text.slice(from, i));
      from = i + 1;
    }
  }
  if (parts.length < 5 || parts[0] !== "arn") return undefined;
  return [...parts, text.slice(from)];
}
