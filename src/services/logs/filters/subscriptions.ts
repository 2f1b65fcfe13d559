import type { InternalOperation } from "../../../dispatch/operation.ts";
import { emitServiceMetrics } from "../../../dispatch/service-metric.ts";
import type { Job, Jobs, Tx } from "../../../store/types.ts";
import { logGroupArn } from "../arn.ts";
import { filterPattern } from "../filter/pattern.ts";
import type { LogGroup } from "../groups.ts";
import type { StoredEvent } from "../intake.ts";
import { countMatches, filtersOf } from "./filter-store.ts";
import { metricsOf } from "./metric-values.ts";

/** The queue of events on their way from a group to one that subscribes to it. */
export const subscriptionQueue = "logs.subscriptions";

/** CloudWatch Logs in its own name. */
const logsPrincipal = "logs.amazonaws.com";

/** The events of one call that met one subscription filter. */
export interface Subscribed {
  readonly sourceArn: string;
  readonly destinationArn: string;
  readonly roleArn: string;
  /** The stream that they came to, whose name they keep. */
  readonly stream: string;
  readonly events: readonly StoredEvent[];
}

/**
 * Puts the events of a call through the filters of their group, in the call's own transaction: those that meet a
 * subscription filter leave as a job, those that meet a metric filter are counted and make the metric's values.
 */
export async function throughFilters(
  tx: Tx,
  group: LogGroup,
  stream: string,
  number: number,
  events: readonly StoredEvent[],
): Promise<void> {
  if (events.length === 0) return;
  const meeting = (pattern: string) => {
    const { matches } = filterPattern(pattern);
    return events.filter(([, message]) => matches(message));
  };
  for (const { name, document } of await filtersOf(tx, group.id, "metric")) {
    const met = meeting(document.pattern);
    if (met.length > 0) await countMatches(tx, group.id, "metric", name, met.length);
    await emitServiceMetrics(
      tx,
      `${group.id} ${name} ${stream} ${number}`,
      group,
      metricsOf(document, events),
    );
  }
  for (const { name, document } of await filtersOf(tx, group.id, "subscription")) {
    const met = meeting(document.pattern);
    if (met.length === 0) continue;
    await countMatches(tx, group.id, "subscription", name, met.length);
    const { destinationArn, roleArn } = document;
    const payload: Subscribed = {
      sourceArn: logGroupArn(group),
      destinationArn,
      roleArn,
      stream,
      events: met,
    };
    await tx.enqueue({
      queue: subscriptionQueue,
      key: `${group.id} ${name} ${stream} ${number}`,
      account: group.account,
      region: group.region,
      payload,
    });
  }
}

/** Ends the job of a subscription: done, or given up and kept with its error. */
export const settleSubscription = ({
  jobs,
}: {
  readonly jobs: Jobs;
}): InternalOperation<{ readonly job: Job; readonly error?: string }, undefined, boolean> => ({
  service: "logs",
  name: "SettleSubscription",
  onlyFor: logsPrincipal,
  unrecorded: true,
  // Bookkeeping of the service in its own tables: AWS knows no permission for it.
  authorise: () => [],
  commit: async (tx, _ctx, { job, error }) =>
    error === undefined ? jobs.finish(tx, job) : jobs.bury(tx, job, error),
});
