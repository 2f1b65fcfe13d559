import { compileTemplate, type TemplateMode } from "../match/template.ts";
import { type Operator, withNegation } from "./operator.ts";

/**
 * `StringEquals`, `StringEqualsIgnoreCase`, `StringLike` and their negations
 * (IAM User Guide, "String condition operators"). Policy variables are filled in before the comparison.
 */
export const stringOperators: readonly (readonly [string, Operator])[] = [
  ...withNegation("StringEquals", "StringNotEquals", comparing("literal")),
  ...withNegation("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", comparing("ignore case")),
  ...withNegation("StringLike", "StringNotLike", comparing("pattern")),
];

function comparing(mode: TemplateMode): Omit<Operator, "negated"> {
  return { compile: (policyValue, variables) => compileTemplate(policyValue, mode, variables) };
}
