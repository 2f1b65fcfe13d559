import type { InternalOperation } from "../../dispatch/operation.ts";
import type { ServiceEvent } from "../../dispatch/service-event.ts";
import type { Json } from "../../kernel/json.ts";
import type { Job, Jobs } from "../../store/types.ts";
import { type BusKey, busArn, defaultBus, parseRuleArn } from "./arn.ts";
import { needBus } from "./buses.ts";
import { eventsPrincipal } from "./delivery.ts";
import { type BusEvent, eventTime } from "./event.ts";
import { keepLiveChange } from "./live/live-change-store.ts";
import { routeEvent, sendToTargets } from "./routing.ts";
import { findRule } from "./rules.ts";
import { nextScheduleJob, type ScheduledTime } from "./schedule/schedule-job.ts";

/** What EventBridge does with nobody's call but its own loops'. None has a wire form. */
export interface BusOperations {
  /** Takes an event that a service sent onto the default bus; ends its job. False when the job's lease was lost. */
  readonly routeServiceEvent: InternalOperation<{ readonly job: Job }, undefined, boolean>;
  /** Sends the event of a rule's schedule to its targets, arranges the next; ends its job. */
  readonly runSchedule: InternalOperation<{ readonly job: Job }, undefined, boolean>;
  /** Takes an event from another bus. Shown as PutEvents, whose permission it needs on this bus. */
  readonly receiveEvent: InternalOperation<ReceivedEvent, undefined, void>;
  /** Ends the job of a delivery: done, or given up and kept with its error. */
  readonly settleDelivery: InternalOperation<SettledDelivery, undefined, boolean>;
}

export interface ReceivedEvent {
  readonly bus: BusKey;
  readonly event: BusEvent;
}

export interface SettledDelivery {
  readonly job: Job;
  /** Why it was given up; absent when it was delivered. */
  readonly error?: string;
}

/** Bookkeeping of the service in its own tables: AWS knows no permission for it, and CloudTrail no record. */
const bookkeeping = {
  service: "events",
  onlyFor: eventsPrincipal,
  unrecorded: true,
  authorise: () => [],
} as const;

export function createBusOperations({ jobs }: { readonly jobs: Jobs }): BusOperations {
  return {
    routeServiceEvent: {
      ...bookkeeping,
      name: "RouteServiceEvent",
      async commit(tx, ctx, { job }) {
        if (!(await jobs.finish(tx, job))) return false;
        const { id, ...sent } = job.payload as { readonly id: string } & ServiceEvent;
        const event: BusEvent = {
          version: "0",
          id,
          "detail-type": sent.detailType,
          source: sent.source,
          account: sent.account,
          time: eventTime(sent.time),
          region: sent.region,
          resources: sent.resources,
          detail: sent.detail as { readonly [key: string]: Json },
        };
        const bus = { account: sent.account, region: sent.region, name: defaultBus };
        await routeEvent(tx, bus, event, { receivedAt: ctx.now, forwarded: false });
        await keepLiveChange(tx, id, sent, ctx.now);
        return true;
      },
    },

    runSchedule: {
      ...bookkeeping,
      name: "RunSchedule",
      async commit(tx, ctx, { job }) {
        if (!(await jobs.finish(tx, job))) return false;
        const { ruleArn, revision, at } = job.payload as ScheduledTime;
        const key = parseRuleArn(ruleArn);
        const rule = key && (await findRule(tx, key));
        if (rule === undefined || rule.revision !== revision) return true;
        const event: BusEvent = {
          version: "0",
          // The job's own id: whoever takes the job again sends the same event.
          id: job.id,
          "detail-type": "Scheduled Event",
          source: "aws.events",
          account: rule.bus.account,
          time: eventTime(at),
          region: rule.bus.region,
          resources: [ruleArn],
          detail: {},
        };
        await sendToTargets(tx, rule, event, { receivedAt: ctx.now, forwarded: false });
        const next = nextScheduleJob(rule, ctx.now);
        if (next !== undefined) await tx.enqueue(next);
        return true;
      },
    },

    receiveEvent: {
      service: "events",
      name: "ReceiveEvent",
      eventName: "PutEvents",
      unrecorded: true,
      authorise: ({ bus, event }) => [
        {
          action: "events:PutEvents",
          resource: busArn(bus),
          context: {
            "events:source": event.source,
            "events:detail-type": event["detail-type"],
            "events:eventBusInvocation": "true",
          },
        },
      ],
      async commit(tx, ctx, { bus, event }) {
        await needBus(tx, bus);
        await routeEvent(tx, bus, event, { receivedAt: ctx.now, forwarded: true });
      },
    },

    settleDelivery: {
      ...bookkeeping,
      name: "SettleDelivery",
      async commit(tx, _ctx, { job, error }) {
        return error === undefined ? await jobs.finish(tx, job) : await jobs.bury(tx, job, error);
      },
    },
  };
}
