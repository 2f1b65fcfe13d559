import { isControlled } from "./evaluate.ts";
import type { Statement } from "./parse/statement.ts";
import type { AccessRequest, NamedPolicy, PolicyKind, PolicySet } from "./types.ts";

/** Why a statement about the requested action does not match the request. */
export type Mismatch = "principal" | "resource" | "condition";

/** A statement whose `Action` or `NotAction` covers the requested action, held against the request. */
export interface ConsideredStatement {
  /** Zero-based position in the document. */
  readonly index: number;
  readonly sid?: string;
  readonly effect: "Allow" | "Deny";
  readonly matches: boolean;
  /** The elements that do not match; empty when the statement matches. */
  readonly mismatches: readonly Mismatch[];
  /** The keys of the conditions that do not hold. */
  readonly failedKeys: readonly string[];
}

/** A policy that bore on a decision, whether or not one of its statements decided. */
export interface ConsideredPolicy {
  readonly kind: PolicyKind;
  /** `NamedPolicy.name`. */
  readonly policy: string;
  /** Of a service control policy: the level it is attached at, 0 for the root of the organisation. */
  readonly level?: number;
  /** How many statements the document has. */
  readonly statements: number;
  readonly about: readonly ConsideredStatement[];
}

/**
 * Every policy that `evaluate` looks at for a request, with every statement about the action and how it fared. For
 * explanations after the fact: the decision itself keeps only what decided.
 */
export function consideredPolicies(request: AccessRequest, policies: PolicySet): readonly ConsideredPolicy[] {
  const bounded = policies.boundary !== undefined;
  const held = (kind: PolicyKind, list: readonly NamedPolicy[], level?: number): ConsideredPolicy[] =>
    list.map(({ name, document }) => ({
      kind,
      policy: name,
      ...(level === undefined ? {} : { level }),
      statements: document.statements.length,
      about: document.index
        .about(request.action.toLowerCase())
        .map((statement) => holdAgainst(request, statement, kind, bounded)),
    }));
  const levels = isControlled(request) ? (policies.serviceControl ?? []) : [];
  return [
    ...levels.flatMap((list, level) => held("service control policy", list, level)),
    ...held(policies.resourceKind === "trust" ? "trust policy" : "resource-based policy", policies.resource),
    ...held("identity-based policy", policies.identity),
    ...(policies.boundary === undefined ? [] : held("permissions boundary", [policies.boundary])),
    ...held("session policy", policies.session ?? []),
  ];
}

function holdAgainst(
  { principal, resource, context }: AccessRequest,
  statement: Statement,
  kind: PolicyKind,
  bounded: boolean,
): ConsideredStatement {
  const { index, sid, effect, conditions } = statement;
  const onResource = kind === "resource-based policy" || kind === "trust policy";
  const failedKeys = conditions.filter((condition) => !condition.holds(context)).map(({ key }) => key);
  const mismatches: Mismatch[] = [];
  if (onResource && statement.principal?.(principal, context, bounded) === undefined) {
    mismatches.push("principal");
  }
  // What hangs on a resource understands that resource when it names none.
  const covers = statement.resource?.(resource, context) ?? onResource;
  if (!covers) mismatches.push("resource");
  if (failedKeys.length > 0) mismatches.push("condition");
  return {
    index,
    ...(sid === undefined ? {} : { sid }),
    effect,
    matches: mismatches.length === 0,
    mismatches,
    failedKeys: [...new Set(failedKeys)],
  };
}
