import type { LiveChange } from "../../../dispatch/live-change.ts";
import type { InternalOperation } from "../../../dispatch/operation.ts";
import type { TrailChanges } from "../../../dispatch/trail.ts";
import { eventsPrincipal } from "../delivery.ts";
import { liveChangesSince } from "./live-change-store.ts";

/** So many at once; who gets that many has missed some, perhaps. */
export const mostChanges = 500;

/**
 * What has changed in an account and region since a time: events that services sent, and recorded calls that change
 * something. For the live pages of every process; what each viewer may know of it is decided for each.
 */
export const collectChanges = (
  trail: TrailChanges,
): InternalOperation<{ readonly since: number }, never, { readonly changes: readonly LiveChange[] }> => ({
  name: "CollectChanges",
  service: "events",
  onlyFor: eventsPrincipal,
  unrecorded: true,
  authorise: () => [],
  async read({ account, region, rows }, { since }) {
    const [events, calls] = await Promise.all([
      liveChangesSince(rows, { account, region }, since, mostChanges),
      trail.changes({ account, region, since, limit: mostChanges }),
    ]);
    return { changes: [...events, ...calls].sort((a, b) => a.at - b.at) };
  },
});
