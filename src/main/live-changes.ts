import { createLiveTail } from "../control/live-changes/tail.ts";
import { createLiveChanges, type LiveChanges } from "../http/console/live-changes.ts";
import type { ClientAddressOf } from "../kernel/client-address.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Log } from "../observe/log.ts";
import { eventsPrincipal } from "../services/events/delivery.ts";
import { collectChanges, mostChanges } from "../services/events/live/collect-changes.ts";
import { selectVisibleChanges } from "../services/sts/decisions/select-visible-changes.ts";
import type { OneDoor } from "./one-door.ts";
import type { State } from "./state.ts";

/** What pages hear of changes: the route, over a tail that is woken by every commit of this process. */
export function openLiveChanges(parts: {
  readonly door: OneDoor;
  readonly state: Pick<State, "trail">;
  readonly clock: Clock;
  readonly log: Log;
  readonly clientAddress: ClientAddressOf;
}): LiveChanges {
  const { door, state, clock, log, clientAddress } = parts;
  const { dispatcher } = door;
  const collect = collectChanges(state.trail);
  const select = selectVisibleChanges(door.authoriser);
  const tail = createLiveTail({
    ...{ clock, log, most: mostChanges },
    collect: async (account, region, since) =>
      (await dispatcher.clientOf(eventsPrincipal, account, region).invoke(collect, { since })).changes,
  });
  door.onCommit(tail.wake);
  const route = createLiveChanges({
    identify: door.wire.identify,
    ...{ clientAddress, now: () => clock.now(), subscribe: tail.subscribe },
    visible: async ({ principal, region, source }, changes) =>
      (await dispatcher.clientFor(principal, region, source).invoke(select, { changes })).changes,
    onError: (error) => log.error({ err: error }, "internal failure"),
  });
  return {
    serve: route.serve,
    close() {
      route.close();
      tail.close();
    },
  };
}
