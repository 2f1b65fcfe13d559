import { readOperatorName } from "../authz/conditions/condition.ts";
import { hasWildcard } from "../authz/match/glob.ts";
import { type ConditionSyntax, readDocument, type StatementSyntax } from "../authz/parse/document.ts";
import { PolicySyntaxError } from "../authz/parse/syntax-error.ts";
import { type PolicyDocumentKind, validatePolicy } from "../authz/parse/validate.ts";
import { checkCoverage } from "./policy-coverage.ts";
import type { Finding } from "./policy-finding.ts";
import { checkOperator } from "./policy-operators.ts";
import { mayNameResource } from "./policy-overlap.ts";
import { checkPrincipals } from "./policy-principals.ts";
import { type AuthorizationReference, actionsOf, type KnownAction } from "./policy-reference.ts";

/**
 * Of the global keys, those that only some actions give a value; the others may have one whatever the action (IAM User
 * Guide, "AWS global condition context keys").
 */
const keysOfSomeActions = /^aws:(requesttag\/.*|tagkeys|resourcetag\/.*)$/;

/** What kind of policy a document seems to be: one that names principals hangs on a resource, or is a role's trust. */
export function kindOf(text: string): PolicyDocumentKind {
  try {
    const { statements } = readDocument(text);
    if (!statements.some((statement) => statement.principal !== undefined)) return "identity";
    const isTrust = statements.every(
      ({ action, resource }) =>
        resource === undefined && action.values.every((value) => /^sts:/i.test(value)),
    );
    return isTrust ? "trust" : "resource";
  } catch (error) {
    if (error instanceof PolicySyntaxError) return "identity";
    throw error;
  }
}

/**
 * Holds a document against the rules for storing it and against the Service Authorization Reference: actions that do
 * not exist, condition keys that an action does not take or that its operator cannot compare, resources that are none of
 * the action's, principals that can be nobody, statements that change nothing. Wildcards count as
 * all that they may stand for. What services of other prefixes do is not known here, and said so.
 */
export function checkPolicy(
  text: string,
  kind: PolicyDocumentKind,
  reference: AuthorizationReference,
): readonly Finding[] {
  const malformed = validatePolicy(text, kind).map(
    (message): Finding => ({ level: "error", rule: "malformed", message }),
  );
  try {
    const { statements } = readDocument(text);
    return [
      ...malformed,
      ...statements.flatMap((statement, index) =>
        checkStatement(statement, reference).map((finding) => ({ ...finding, statement: index })),
      ),
      ...checkCoverage(statements),
    ];
  } catch (error) {
    if (!(error instanceof PolicySyntaxError)) throw error;
    return malformed.length > 0 ? malformed : [{ level: "error", rule: "malformed", message: error.message }];
  }
}

function checkStatement(statement: StatementSyntax, reference: AuthorizationReference): readonly Finding[] {
  const ofActions = [...new Set(statement.action.values)].flatMap((written) => {
    const { actions, findings } = covers(written, reference);
    if (actions.length === 0 || statement.action.negated) return findings;
    return [
      ...statement.conditions.flatMap((condition) => checkKey(written, actions, condition)),
      ...checkResources(written, actions, statement),
    ];
  });
  return [
    ...checkPrincipals(statement),
    ...ofActions,
    ...statement.conditions.flatMap((condition) => checkOperator(condition, reference)),
  ];
}

/** The actions that an element covers: none when they cannot all be known, or with the finding that says why. */
function covers(
  written: string,
  reference: AuthorizationReference,
): { readonly actions: readonly KnownAction[]; readonly findings: readonly Finding[] } {
  const colon = written.indexOf(":");
  const prefix = written.slice(0, Math.max(0, colon)).toLowerCase();
  if (colon < 0 || hasWildcard(prefix)) return { actions: [], findings: [] };
  const service = reference.get(prefix);
  if (service === undefined) {
    const message = `${written}: the actions of ${prefix} are not known here and were not checked`;
    return { actions: [], findings: [{ level: "warning", rule: "unchecked-service", message }] };
  }
  const actions = actionsOf(service, written.slice(colon + 1));
  if (actions.length > 0) return { actions, findings: [] };
  const message = `${written} is no action of ${prefix}`;
  return { actions: [], findings: [{ level: "error", rule: "unknown-action", message }] };
}

function checkKey(
  written: string,
  actions: readonly KnownAction[],
  { key, operator }: ConditionSyntax,
): readonly Finding[] {
  const lower = key.toLowerCase();
  if (lower.startsWith("aws:") && !keysOfSomeActions.test(lower)) return [];
  if (actions.some((action) => action.takesKey(key))) return [];
  const name = readOperatorName(operator);
  const optional = name?.ifExists === true || name?.base === "null";
  return [
    {
      level: optional ? "warning" : "error",
      rule: "unused-key",
      message: `${written} does not take the condition key ${key}`,
    },
  ];
}

function checkResources(
  written: string,
  actions: readonly KnownAction[],
  { resource }: StatementSyntax,
): readonly Finding[] {
  if (resource === undefined || resource.negated || resource.values.includes("*")) return [];
  const arns = new Set(actions.flatMap((action) => action.arns));
  if ([...arns].some((arn) => resource.values.some((value) => mayNameResource(value, arn)))) return [];
  // What knows no resource is asked for on `*`, which a pattern of stars alone names too.
  if (resource.values.some((value) => /^\*+$/.test(value))) return [];
  const wants = arns.size === 0 ? "only '*'" : `'*' or ${[...arns].join(", ")}`;
  return [
    {
      level: "error",
      rule: "unmatched-resource",
      message: `${written} applies to ${wants}; no resource of the statement can be one`,
    },
  ];
}
