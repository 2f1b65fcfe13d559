import type * as eventbridge from "@aws-sdk/client-eventbridge";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { defaultBus } from "../arn.ts";
import { busOfRow, describeBuses, type EventBus, onEvents } from "../buses.ts";
import { pageOf, pageRequest } from "../paging.ts";
import type { EventsPorts } from "../ports.ts";
import type { EventsTables } from "../store.ts";

/** The buses of the account in this region, the default one among them, in order of their names. */
export const listEventBuses = ({
  principals,
}: EventsPorts): ReadOperation<typeof eventbridge, "ListEventBuses"> => ({
  name: "ListEventBuses",
  authorise: onEvents("events:ListEventBuses"),
  async read({ rows, account, region }, input) {
    const request = pageRequest(input);
    // There are at most a hundred: all are read.
    const made = await rows
      .tables<EventsTables>()
      .selectFrom("events_bus")
      .selectAll()
      .where("account", "=", account)
      .where("region", "=", region)
      .execute();
    const buses = made.map(busOfRow);
    const untouched: EventBus = { account, region, name: defaultBus, tags: [] };
    if (!buses.some(({ name }) => name === defaultBus)) buses.push(untouched);
    const wanted = buses
      .filter(({ name }) => name > request.after && name.startsWith(input.NamePrefix ?? ""))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const page = pageOf(wanted.slice(0, request.limit + 1), request, (bus) => bus.name);
    return {
      EventBuses: await describeBuses(rows, principals, page.rows),
      NextToken: page.NextToken,
    };
  },
});
