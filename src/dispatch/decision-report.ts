import { type ConsideredPolicy, consideredPolicies } from "../authz/considered.ts";
import { denialMessage } from "../authz/explain.ts";
import type { AccessRequest, Decision, PolicyKind, StatementMatch } from "../authz/types.ts";
import type { Principal } from "../kernel/principal.ts";
import type { Verdict } from "./authorise.ts";
import { type NotedDecision, type NotedOutcome, outcomeOf, type Refusal } from "./decision-log.ts";
import { isSecretKey, notShown, statementText } from "./statement-text.ts";

/** A call's evaluation as `GET /_roadstead/decisions` and `roadstead explain` show it: plain JSON. */
export type DecisionReport = {
  readonly requestId: string;
  /** ISO 8601. */
  readonly time: string;
  /** `ecr:PutImage`, by the service's signing name and the operation; as far as the request could be read. */
  readonly operation: string | null;
  /** ARN, or the name of a service; `anonymous`; `null` when the request was not proved to be anybody's. */
  readonly principal: string | null;
  readonly outcome: NotedOutcome;
  /** Why no policy was asked. */
  readonly refusal: Refusal | null;
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
  /** AWS's sentence for a refusal, as the caller got it. */
  readonly message: string | null;
  readonly deciding: readonly (Omit<StatementMatch, "sid"> & {
    readonly sid: string | null;
    /** The statement itself as compact JSON, at most 2,000 characters of it. */
    readonly statement: string | null;
  })[];
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
    operation: operationOf(noted),
    principal: nameOf(noted.principal),
    outcome: outcomeOf(noted),
    refusal: noted.refusal ?? null,
    verdicts: noted.verdicts.map(reportVerdict),
  };
}

function operationOf({ service, operation }: NotedDecision): string | null {
  if (service === undefined) return null;
  return operation === undefined ? service : `${service}:${operation}`;
}

function nameOf(principal: Principal | undefined): string | null {
  if (principal === undefined) return null;
  if (principal.type === "Anonymous") return "anonymous";
  return principal.type === "AWSService" ? principal.service : principal.arn;
}

function contextOf({ context }: AccessRequest): VerdictReport["context"] {
  return Object.fromEntries(
    [...context]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, values]) => [key, isSecretKey(key) ? [notShown] : [...values]]),
  );
}

function reportVerdict({ request, decision, policies, shown }: Verdict): VerdictReport {
  return {
    principal: request.principal.arn,
    action: request.action,
    resource: request.resource,
    resourceAccount: request.resourceAccount,
    outcome: decision.outcome,
    decidedBy: decision.decidedBy ?? null,
    message: decision.allowed ? null : denialMessage(decision, request, shown),
    deciding: decision.deciding.map((match) => ({
      ...match,
      sid: match.sid ?? null,
      statement: statementText(match, policies) ?? null,
    })),
    considered: consideredPolicies(request, policies).map(reportPolicy),
    context: contextOf(request),
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
