import type * as eventbridge from "@aws-sdk/client-eventbridge";
import type { Authorisation, WriteOperation } from "../../../dispatch/operation.ts";
import { uuid } from "../../../kernel/ids.ts";
import { busArn, busOf } from "../arn.ts";
import { findBus } from "../buses.ts";
import { type Entry, entrySize, largestCall, takeEntry } from "../entries.ts";
import { invalid, notServed } from "../faults.ts";
import { routeEvent } from "../routing.ts";

/** Sends events of one's own onto buses. Each entry succeeds or fails for itself. */
export const putEvents: WriteOperation<typeof eventbridge, "PutEvents", readonly string[]> = {
  name: "PutEvents",
  dataEvent: true,
  authorise: (input, ctx) =>
    input.Entries.map((entry) => wanted(entry, busArn(busOf(entry.EventBusName, ctx)))),
  // Outside the transaction: a second run sends the same events.
  prepare: async (ctx, input) => input.Entries.map(() => uuid(ctx.random)),
  async commit(tx, ctx, input, ids) {
    if (input.EndpointId !== undefined) throw notServed("EndpointId", "A global endpoint");
    if (input.Entries.reduce((sum, entry) => sum + entrySize(entry), 0) > largestCall) {
      throw invalid("Total size of the entries in the request is over the limit.");
    }
    const results: eventbridge.PutEventsResultEntry[] = [];
    for (const [i, entry] of input.Entries.entries()) {
      const taken = takeEntry(entry, ids[i] ?? "", ctx);
      if ("ErrorCode" in taken) {
        results.push(taken);
        continue;
      }
      const bus = busOf(entry.EventBusName, ctx);
      // AWS: events for a bus that is not there are taken, and go nowhere.
      if ((await findBus(tx, bus)) !== undefined) {
        await routeEvent(tx, bus, taken, { receivedAt: ctx.now, forwarded: false });
      }
      results.push({ EventId: taken.id });
    }
    return {
      FailedEntryCount: results.filter(({ ErrorCode }) => ErrorCode !== undefined).length,
      Entries: results,
    };
  },
};

function wanted({ Source, DetailType }: Entry, resource: string): Authorisation {
  return {
    action: "events:PutEvents",
    resource,
    context: {
      "events:source": Source,
      "events:detail-type": DetailType,
      "events:eventBusInvocation": "false",
    },
  };
}
