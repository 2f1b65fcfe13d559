import type { RequestContext } from "../types.ts";

/**
 * One family member of the condition operators, e.g. `NumericLessThan`, without its set prefix and `IfExists`.
 * The negated ones (`StringNotEquals` …) are the same operator with `negated` (see `condition.ts`).
 */
export interface Operator {
  readonly negated: boolean;
  /** Compiles one value of the policy. `variables` is false in documents of version 2008-10-17. */
  compile(policyValue: string, variables: boolean): Comparison;
  /** Whether a value of the request can be compared at all; one that cannot fails the negated form as well. */
  readonly comparable?: (requestValue: string) => boolean;
}

/** Whether a value of the request is what the policy value says. A policy value that makes no sense equals nothing. */
export type Comparison = (requestValue: string, context: RequestContext) => boolean;

/** The comparison of a policy value that cannot be read: it equals nothing. */
export const never: Comparison = () => false;

/**
 * The comparison of a policy value that ends the condition: it fails an Allow and holds for a Deny.
 * AWS: so with ARNs that are none, in session policies, which alone may have them (recorded on AWS).
 */
export const unusable: Comparison = () => false;

/** An operator and its negation under their two names. */
export function withNegation(
  name: string,
  negatedName: string,
  operator: Omit<Operator, "negated">,
): readonly (readonly [string, Operator])[] {
  return [
    [name, { ...operator, negated: false }],
    [negatedName, { ...operator, negated: true }],
  ];
}
