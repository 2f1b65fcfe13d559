import { splitArn } from "../conditions/arn.ts";
import type { Listed } from "../parse/document.ts";
import type { RequestContext } from "../types.ts";
import { compileTemplate } from "./template.ts";

/** Whether a statement is about a resource. */
export type ResourceMatcher = (resource: string, context: RequestContext) => boolean;

/**
 * Compiles a `Resource` or `NotResource` element (IAM User Guide, "IAM JSON policy elements: Resource"). Unlike
 * `ArnLike`, the pattern is matched as one text: a star may reach over the colons of an ARN. Variables count
 * only in the resource part, after the fifth colon.
 *
 * A variable without a value makes the statement void: it fails a `NotResource` too ("Variables and tags").
 */
export function compileResource({ negated, values }: Listed<string>, variables: boolean): ResourceMatcher {
  const matchers = values.map((value) =>
    compileTemplate(value, "pattern", variables && mayHaveVariables(value)),
  );
  return negated
    ? (resource, context) => matchers.every((matches) => matches(resource, context) === false)
    : (resource, context) => matchers.some((matches) => matches(resource, context));
}

function mayHaveVariables(value: string): boolean {
  return (
    splitArn(value)
      ?.slice(0, 5)
      .every((part) => !part.includes("${")) ?? false
  );
}
