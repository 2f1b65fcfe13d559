import { type ConsideredPolicy, consideredPolicies } from "../authz/considered.ts";
import type { Decision, PolicyKind, StatementMatch } from "../authz/types.ts";
import type { Verdict } from "./authorise.ts";
import type { NotedDecision } from "./decision-log.ts";

/** A call's evaluation as `GET /_roadstead/decisions` and `roadstead explain` show it: plain JSON. */
export type DecisionReport = {
  readonly requestId: string;
  /** ISO 8601. */
  readonly time: string;
  /** `ecr:PutImage`, by the service's signing name and the operation. */
  readonly operation: string;
  readonly verdicts: readonly VerdictReport[];
};

/** One permission that the call needed. */
export type VerdictReport = {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly resourceAccount: string;
  readonly outcome: Decision["outcome"];
  readonly decidedBy: PolicyKind | null;
  readonly deciding: readonly (Omit<StatementMatch, "sid"> & { readonly sid: string | null })[];
  readonly considered: readonly ConsideredReport[];
  /** The context keys the request had, with their values. */
  readonly context: { readonly [key: string]: readonly string[] };
  /** Those that a condition asked for and the request did not have. */
  readonly missingContextKeys: readonly string[];
};

/** `ConsideredPolicy`, with `null` where it leaves a member out. */
export type ConsideredReport = {
  readonly kind: PolicyKind;
  readonly policy: string;
  readonly level: number | null;
  readonly statements: number;
  readonly about: readonly {
    readonly index: number;
    readonly sid: string | null;
    readonly effect: "Allow" | "Deny";
    readonly matches: boolean;
    readonly mismatches: readonly string[];
    readonly failedKeys: readonly string[];
  }[];
};

/** Evaluates a noted call once more, in full: the log keeps references to the policies, not what became of each. */
export function reportDecision(noted: NotedDecision): DecisionReport {
  return {
    requestId: noted.requestId,
    time: new Date(noted.time).toISOString(),
    operation: `${noted.service}:${noted.operation}`,
    verdicts: noted.verdicts.map(reportVerdict),
  };
}

function reportVerdict({ request, decision, policies }: Verdict): VerdictReport {
  return {
    principal: request.principal.arn,
    action: request.action,
    resource: request.resource,
    resourceAccount: request.resourceAccount,
    outcome: decision.outcome,
    decidedBy: decision.decidedBy ?? null,
    deciding: decision.deciding.map((match) => ({ ...match, sid: match.sid ?? null })),
    considered: consideredPolicies(request, policies).map(reportPolicy),
    context: Object.fromEntries([...request.context].map(([key, values]) => [key, [...values]])),
    missingContextKeys: decision.missingContextKeys,
  };
}

function reportPolicy(considered: ConsideredPolicy): ConsideredReport {
  return {
    ...considered,
    level: considered.level ?? null,
    about: considered.about.map((statement) => ({ ...statement, sid: statement.sid ?? null })),
  };
}
