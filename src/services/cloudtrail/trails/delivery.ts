import type { InternalOperation } from "../../../dispatch/operation.ts";
import type { Trail } from "../../../dispatch/trail.ts";
import type { Region } from "../../../kernel/brand.ts";
import { minute } from "../../../kernel/duration.ts";
import { commercialRegions } from "../../../kernel/region.ts";
import type { Job, Jobs } from "../../../store/types.ts";
import { deliverEvery } from "./operations.ts";
import { isSelected } from "./selectors.ts";
import {
  cloudTrailPrincipal,
  type DeliveringTrail,
  enqueueTrail,
  findTrail,
  keepTrail,
  type TrailDocument,
  type TrailKey,
  trailOfJob,
} from "./trail.ts";

/** Ours: a call is recorded under the time at which it began; one that took longer is delivered with what is later. */
const settling = 2 * minute;
/** Ours: records of one log file. */
const mostInFile = 5_000;
/** Where the events of global services are recorded. */
const globalHome = "us-east-1" as Region;
const globalSources: ReadonlySet<string> = new Set([
  "iam.amazonaws.com",
  "sts.amazonaws.com",
  "organizations.amazonaws.com",
  "route53.amazonaws.com",
  "signin.amazonaws.com",
]);

/** What is to be delivered of a trail now. */
export interface Delivery {
  readonly trail: DeliveringTrail;
  /** Epoch ms, `to` not included. */
  readonly from: number;
  readonly to: number;
  readonly regions: readonly Region[];
}

/** A page of events that a trail wants, oldest last. */
export interface CollectedEvents {
  readonly events: readonly { readonly time: number; readonly record: string }[];
  readonly next?: string;
}

/** The books that CloudTrail keeps of its deliveries. */
export interface TrailOperations {
  readonly inspect: InternalOperation<TrailKey, never, Delivery | undefined>;
  readonly collect: InternalOperation<
    { readonly delivery: Delivery; readonly region: Region; readonly after?: string },
    never,
    CollectedEvents
  >;
  /** Ends a job; the next delivery comes when it is time, while the trail logs. */
  readonly settle: InternalOperation<
    {
      readonly job: Job;
      /** Absent when nothing was delivered. */
      readonly deliveredUntil?: number;
      readonly outcome?: Pick<
        TrailDocument,
        "deliveredAt" | "deliveryError" | "logsDeliveredAt" | "logsError"
      >;
    },
    unknown,
    object
  >;
}

export function createTrailOperations(ports: {
  readonly jobs: Jobs;
  readonly trail: Trail;
}): TrailOperations {
  // Bookkeeping of the service in its own tables: AWS knows no permission for it.
  const own = {
    service: "cloudtrail",
    onlyFor: cloudTrailPrincipal,
    unrecorded: true,
    authorise: () => [],
  } as const;
  return {
    inspect: {
      ...own,
      name: "InspectTrail",
      async read(ctx, key) {
        const trail = await findTrail(ctx.rows, key);
        if (trail === undefined) return undefined;
        const { startedAt = 0, stoppedAt = 0 } = trail.document;
        // AWS: that logging was stopped is the last that is logged.
        const end = trail.logging ? ctx.now - settling : Math.max(stoppedAt, startedAt) + 1;
        return {
          trail,
          from: trail.deliveredUntil,
          to: Math.min(end, ctx.now - settling),
          regions: regionsOf(trail),
        };
      },
    },
    collect: {
      ...own,
      name: "CollectTrailEvents",
      async read(_ctx, { delivery: { trail, from, to }, region, after }) {
        const found = await ports.trail.lookup({
          ...{ account: trail.account, region, from, to: to - 1, limit: mostInFile },
          ...(after !== undefined && { after }),
        });
        const abroad = region !== trail.region && !trail.document.multiRegion;
        const events = found.events
          .filter((event) => !abroad || globalSources.has(event.eventSource))
          .filter((event) => isSelected(trail.document, event))
          .map(({ eventTime: time, record }) => ({ time, record }));
        return { events, ...(found.next !== undefined && { next: found.next }) };
      },
    },
    settle: {
      ...own,
      name: "SettleTrailDelivery",
      async commit(tx, ctx, { job, deliveredUntil, outcome = {} }) {
        if (!(await ports.jobs.finish(tx, job))) return {};
        const trail = await findTrail(tx, trailOfJob(job));
        if (trail === undefined) return {};
        const { deliveryError: _before, logsError: _logsBefore, ...rest } = trail.document;
        const reached = Math.max(deliveredUntil ?? 0, trail.deliveredUntil);
        await keepTrail(tx, { ...trail, deliveredUntil: reached, document: { ...rest, ...outcome } });
        const left = !trail.logging && reached <= (trail.document.stoppedAt ?? 0);
        if (trail.logging || left) await enqueueTrail(tx, trail, ctx.now + (left ? settling : deliverEvery));
        return {};
      },
    },
  };
}

function regionsOf({ region, document }: DeliveringTrail): readonly Region[] {
  if (document.multiRegion) return commercialRegions;
  return document.globalEvents && region !== globalHome ? [region, globalHome] : [region];
}
