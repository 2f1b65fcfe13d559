import type * as eventbridge from "@aws-sdk/client-eventbridge";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { busArn, busOf, defaultBus } from "../arn.ts";
import { refuseBusSettings } from "../bus-settings.ts";
import { findBus, onBus, writeBus } from "../buses.ts";
import { busExists, invalid, limitExceeded } from "../faults.ts";
import type { EventsTables } from "../store.ts";
import { tagContext, tagged } from "../tags.ts";

/** EventBridge quotas: buses of an account in a region, the default one included. */
const mostBuses = 100;

/** Makes an event bus for events of one's own. */
export const createEventBus: WriteOperation<typeof eventbridge, "CreateEventBus"> = {
  name: "CreateEventBus",
  authorise: onBus("events:CreateEventBus", tagContext),
  async commit(tx, ctx, input) {
    refuseBusSettings(input);
    const key = busOf(input.Name, ctx);
    if (key.name.includes("/")) throw invalid("Event bus name must not contain '/'.");
    if (key.name === defaultBus || (await findBus(tx, key)) !== undefined) throw busExists(key.name);
    await writeBus(tx, { ...key, description: input.Description, tags: tagged([], input.Tags) }, ctx.now);
    const { count } = await tx
      .tables<EventsTables>()
      .selectFrom("events_bus")
      .select(({ fn }) => fn.countAll<number | string>().as("count"))
      .where("account", "=", key.account)
      .where("region", "=", key.region)
      .where("name", "!=", defaultBus)
      .executeTakeFirstOrThrow();
    if (Number(count) >= mostBuses) throw limitExceeded();
    return { EventBusArn: busArn(key), Description: input.Description };
  },
};
