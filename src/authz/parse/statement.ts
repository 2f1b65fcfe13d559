import { type Condition, compileCondition } from "../conditions/condition.ts";
import { type ActionMatcher, compileAction } from "../match/action.ts";
import { compilePrincipal, type PrincipalMatcher } from "../match/principal.ts";
import { compileResource } from "../match/resource.ts";
import { type TextMatcher, variablesOf } from "../match/template.ts";
import type { StatementSyntax } from "./document.ts";

/** A statement, compiled: each element is a matcher. */
export interface Statement {
  /** Zero-based position in the document. */
  readonly index: number;
  readonly sid?: string;
  readonly effect: "Allow" | "Deny";
  readonly action: ActionMatcher;
  /** Absent in trust policies and in policies whose one resource is understood. */
  readonly resource?: TextMatcher;
  /** Absent in policies of an identity. */
  readonly principal?: PrincipalMatcher;
  readonly conditions: readonly Condition[];
  /** Context keys, as written, that the statement reads in conditions or through variables. */
  readonly contextKeys: readonly string[];
}

/** Compiles one statement. @throws PolicySyntaxError for an unknown condition operator */
export function compileStatement(
  syntax: StatementSyntax,
  index: number,
  version: "2008-10-17" | "2012-10-17",
): Statement {
  const variables = version === "2012-10-17";
  const { sid, effect, resource, principal } = syntax;
  const conditions = syntax.conditions.map((condition) => compileCondition(condition, effect, variables));
  const texts = [...(resource?.values ?? []), ...syntax.conditions.flatMap((condition) => condition.values)];
  const read = [
    ...syntax.conditions.map((condition) => condition.key),
    ...(variables ? texts.flatMap(variablesOf) : []),
  ];
  return {
    index,
    ...(sid === undefined ? {} : { sid }),
    effect,
    action: compileAction(syntax.action),
    ...(resource === undefined ? {} : { resource: compileResource(resource, variables) }),
    ...(principal === undefined ? {} : { principal: compilePrincipal(principal, effect) }),
    conditions,
    contextKeys: read,
  };
}
