import { compileTemplate } from "../match/template.ts";
import type { Operator } from "./operator.ts";

/**
 * `Bool` (IAM User Guide, "Boolean condition operators"). `true` in any case is true and every other text is
 * false, on both sides (recorded on AWS). A policy variable may stand for the policy's value.
 */
export const boolOperators: readonly (readonly [string, Operator])[] = [
  [
    "Bool",
    {
      negated: false,
      compile(policyValue, variables) {
        if (policyValue.includes("${")) {
          const filled = compileTemplate(policyValue, "ignore case", variables);
          return (requestValue, context) => filled(isTrue(requestValue) ? "true" : "false", context);
        }
        const wanted = isTrue(policyValue);
        return (requestValue) => isTrue(requestValue) === wanted;
      },
    },
  ],
];

function isTrue(text: string): boolean {
  return text.toLowerCase() === "true";
}
