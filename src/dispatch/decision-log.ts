import type { Verdict } from "./authorise.ts";
import type { CallContext } from "./context.ts";
import type { BoundOperation } from "./service-table.ts";

/** One evaluated call, for `GET /_roadstead/decisions`. */
export interface NotedDecision {
  readonly requestId: string;
  readonly time: number;
  readonly service: string;
  readonly operation: string;
  readonly verdicts: readonly Verdict[];
}

/** The newest decisions, in memory: why a call was allowed or refused. */
export interface DecisionLog {
  note(ctx: CallContext, bound: BoundOperation, verdicts: readonly Verdict[]): void;
  /** Newest first. */
  recent(limit: number): readonly NotedDecision[];
  byRequest(requestId: string): readonly NotedDecision[];
  clear(): void;
}

/** Keeps the last `size` decisions in a ring. */
export function createDecisionLog(size = 1_000): DecisionLog {
  let ring: NotedDecision[] = [];
  let next = 0;
  const newestFirst = (): NotedDecision[] =>
    [...ring.slice(0, next).reverse(), ...ring.slice(next).reverse()].filter((noted) => noted !== undefined);
  return {
    note(ctx, bound, verdicts) {
      ring[next] = {
        requestId: ctx.requestId,
        time: ctx.now,
        service: bound.service.signingName,
        operation: bound.name,
        verdicts,
      };
      next = (next + 1) % size;
    },
    recent: (limit) => newestFirst().slice(0, limit),
    byRequest: (requestId) => newestFirst().filter((noted) => noted.requestId === requestId),
    clear() {
      ring = [];
      next = 0;
    },
  };
}
