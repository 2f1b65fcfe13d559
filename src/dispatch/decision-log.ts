import { Glob } from "../authz/match/glob.ts";
import type { Principal } from "../kernel/principal.ts";
import type { Verdict } from "./authorise.ts";
import type { CallContext } from "./context.ts";
import type { BoundOperation } from "./service-table.ts";
import type { WireRefusal } from "./wire-door.ts";

/** One call that was evaluated, or refused before that, for `GET /_roadstead/decisions`. */
export interface NotedDecision {
  readonly requestId: string;
  /** Epoch ms. */
  readonly time: number;
  /** Signing name; absent when the request was refused before it was told which service it is for. */
  readonly service?: string;
  readonly operation?: string;
  /** Absent when nobody could be told from the signature. */
  readonly principal?: Principal;
  readonly verdicts: readonly Verdict[];
  /** Why no policy was asked; absent when policies decided. */
  readonly refusal?: Refusal;
}

/** A refusal before any policy was asked. */
export type Refusal = {
  /** `request`: not signed by anybody known, or not readable; `input`: read, but invalid or not for this caller. */
  readonly stage: "request" | "input";
  readonly code: string;
  /** As the client got it: sensitive values are not in it. */
  readonly message: string;
  /** The address it came from, which is all that is known of a caller who could not be told. */
  readonly from: string;
};

/** A call as it is noted that was refused before any policy was asked. */
export type NotedRefusal = Omit<NotedDecision, "verdicts"> & { readonly refusal: Refusal };

/** What became of a call. `refused` is before any policy was asked. */
export type NotedOutcome = "allowed" | "denied" | "refused";

/** Which calls to show: those that fit everything that is given. */
export interface DecisionFilter {
  readonly requestId?: string;
  /** ARN of the caller, or of the role behind a session. */
  readonly principal?: string;
  /** Pattern (`*`, `?`, any case) of one of the actions that were asked for. */
  readonly action?: string;
  readonly outcome?: NotedOutcome;
  /** Epoch ms; at or after it. */
  readonly since?: number;
}

/** The newest decisions, in memory: why a call was allowed or refused. */
export interface DecisionLog {
  note(ctx: CallContext, bound: BoundOperation, verdicts: readonly Verdict[]): void;
  /** Notes an evaluation that is no call of an operation: a service takes a role. */
  noteDecision(noted: NotedDecision): void;
  /** Notes a call that was refused before it was evaluated. */
  noteRefusal(refused: NotedRefusal): void;
  /** The newest that fit, newest first. */
  find(filter: DecisionFilter, limit: number): readonly NotedDecision[];
  clear(): void;
}

/** Keeps the last `size` decisions in a ring. */
export function createDecisionLog(size = 1_000): DecisionLog {
  let ring: NotedDecision[] = [];
  let next = 0;
  const keep = (noted: NotedDecision): void => {
    ring[next] = noted;
    next = (next + 1) % size;
  };
  return {
    note(ctx, bound, verdicts) {
      const { requestId, now: time, principal } = ctx;
      const { name: operation } = bound;
      keep({ requestId, time, service: bound.service.signingName, operation, principal, verdicts });
    },
    noteDecision: keep,
    noteRefusal: (refused) => keep({ ...refused, verdicts: [] }),
    find(filter, limit) {
      const found: NotedDecision[] = [];
      const fits = fitting(filter);
      for (let back = 1; back <= ring.length && found.length < limit; back++) {
        const noted = ring[(next - back + ring.length) % ring.length];
        if (noted !== undefined && fits(noted)) found.push(noted);
      }
      return found;
    },
    clear() {
      ring = [];
      next = 0;
    },
  };
}

/** What the log keeps of a request that never became a call. `time` in epoch ms. */
export function wireRefusal(
  { requestId, service, principal, fault, source }: WireRefusal,
  time: number,
): NotedRefusal {
  const { code, message } = fault;
  return {
    requestId,
    time,
    service,
    principal,
    refusal: { stage: "request", code, message, from: source.ip },
  };
}

/** What became of a noted call. */
export function outcomeOf({ verdicts, refusal }: NotedDecision): NotedOutcome {
  if (refusal !== undefined) return "refused";
  return verdicts.every(({ decision }) => decision.allowed) ? "allowed" : "denied";
}

function fitting({ requestId, principal, action, outcome, since }: DecisionFilter) {
  const actions = action === undefined ? undefined : Glob.of(action.toLowerCase());
  return (noted: NotedDecision): boolean =>
    (requestId === undefined || noted.requestId === requestId) &&
    (since === undefined || noted.time >= since) &&
    (outcome === undefined || outcomeOf(noted) === outcome) &&
    (principal === undefined || namesOf(noted.principal).includes(principal)) &&
    (actions === undefined || actionsOf(noted).some((asked) => actions.matches(asked.toLowerCase())));
}

/** The ARNs that a caller goes by: its own, and that of the role or user behind a session. */
function namesOf(principal: Principal | undefined): readonly string[] {
  if (principal === undefined || principal.type === "Anonymous") return [];
  if (principal.type === "AWSService") return [principal.service];
  if (principal.type === "AssumedRole") return [principal.arn, principal.roleArn];
  return principal.type === "FederatedUser" ? [principal.arn, principal.issuer.arn] : [principal.arn];
}

/** What was asked for; of a call that came to no permission, its own name. */
function actionsOf({ service, operation, verdicts }: NotedDecision): readonly string[] {
  if (verdicts.length > 0) return verdicts.map(({ request }) => request.action);
  return service === undefined || operation === undefined ? [] : [`${service}:${operation}`];
}
