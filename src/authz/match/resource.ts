import { splitArn } from "../conditions/arn.ts";
import type { Listed } from "../parse/document.ts";
import { compileTemplate, type TextMatcher } from "./template.ts";

/**
 * Compiles a `Resource` or `NotResource` element (IAM User Guide, "IAM JSON policy elements: Resource"). Unlike
 * `ArnLike`, the pattern is matched as one text: a star may reach over the colons of an ARN. Variables count
 * only in the resource part, after the fifth colon.
 *
 * AWS: a pattern whose variable has no value matches no resource, so a `NotResource` with it covers them all
 * ("Policy variables with no value").
 */
export function compileResource({ negated, values }: Listed<string>, variables: boolean): TextMatcher {
  const matchers = values.map((value) =>
    compileTemplate(value, "pattern", variables && mayHaveVariables(value)),
  );
  return (resource, context) => matchers.some((matches) => matches(resource, context)) !== negated;
}

function mayHaveVariables(value: string): boolean {
  return (
    splitArn(value)
      ?.slice(0, 5)
      .every((part) => !part.includes("${")) ?? false
  );
}
