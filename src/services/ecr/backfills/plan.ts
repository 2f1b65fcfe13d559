import type * as ecr from "@aws-sdk/client-ecr";

/** User Guide, "Replication backfill". */
export type BackfillStatus = ecr.ReplicationBackfillStatus;

/** Where a backfill stands. */
export interface BackfillState {
  readonly status: BackfillStatus;
  /** Whether it has failed and only waits for copies that are under way. */
  readonly failing: boolean;
  readonly total: number;
  readonly queued: number;
  readonly completed: number;
  readonly failed: number;
}

/** What to do next for a backfill. */
export type BackfillStep =
  /** Find more of the images that there are. */
  | { readonly do: "prepare" }
  /** Hand so many replications on. */
  | { readonly do: "queue"; readonly count: number }
  /** Nothing until a replication ends. */
  | { readonly do: "wait" }
  /** Hand nothing on any more, and end as FAILED when the last copy has. */
  | { readonly do: "drain" }
  | { readonly do: "end"; readonly status: "COMPLETE" | "FAILED" | "STOPPED" };

/** Replications of one backfill that are under way at once: new pushes keep room beside them. */
export const backfillWindow = 32;

/** User Guide, "Replication backfill": half of the replications failed, once so many have ended. */
const judgedFrom = 100;

/** Statuses that a backfill leaves again. */
export const unfinished: readonly BackfillStatus[] = ["PREPARING", "IN_PROGRESS", "STOPPING"];

/**
 * Decides the next step of a backfill. Pure.
 * INVARIANT: it ends only when nothing of it is under way, so the results of an ended one never change.
 */
export function nextBackfillStep(state: BackfillState): BackfillStep {
  const { status, failing, total, queued, completed, failed } = state;
  if (status === "PREPARING") return { do: "prepare" };
  if (!unfinished.includes(status)) return { do: "wait" };
  const processed = completed + failed;
  const underWay = queued - processed;
  const stops = status === "STOPPING" || failing;
  if (stops) {
    if (underWay > 0) return { do: "wait" };
    return { do: "end", status: failing ? "FAILED" : "STOPPED" };
  }
  if (processed >= judgedFrom && failed * 2 >= processed) return { do: "drain" };
  if (queued < total) {
    const count = Math.min(backfillWindow - underWay, total - queued);
    return count > 0 ? { do: "queue", count } : { do: "wait" };
  }
  return underWay > 0 ? { do: "wait" } : { do: "end", status: "COMPLETE" };
}
