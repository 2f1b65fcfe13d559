import type * as eventbridge from "@aws-sdk/client-eventbridge";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { busOf, defaultBus } from "../arn.ts";
import { onBus } from "../buses.ts";
import { invalid } from "../faults.ts";
import { onBusColumns } from "../rules.ts";
import type { EventsTables } from "../store.ts";

/** Removes a bus that has no rules. AWS: a bus that is not there is removed just as well. */
export const deleteEventBus: WriteOperation<typeof eventbridge, "DeleteEventBus"> = {
  name: "DeleteEventBus",
  authorise: onBus("events:DeleteEventBus"),
  async commit(tx, ctx, input) {
    const bus = busOf(input.Name, ctx);
    if (bus.name === defaultBus) throw invalid("Cannot delete event bus default.");
    const tables = tx.tables<EventsTables>();
    const rule = await tables
      .selectFrom("events_rule")
      .select("name")
      .where((is) => is.and(onBusColumns(bus)))
      .limit(1)
      .executeTakeFirst();
    // Ours: AWS's words are not recorded.
    if (rule !== undefined) throw invalid(`Event bus ${bus.name} can't be deleted since it has rules.`);
    await tables
      .deleteFrom("events_bus")
      .where("account", "=", bus.account)
      .where("region", "=", bus.region)
      .where("name", "=", bus.name)
      .execute();
    await tx.bumpEpoch(bus.account);
    return {};
  },
};
