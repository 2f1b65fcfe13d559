import { setImmediate } from "node:timers/promises";
import type { Rows } from "../../../store/types.ts";
import { eventsForward, keptFrom, type ReadEvent } from "../events.ts";
import { invalidParameter } from "../faults.ts";
import type { LogGroup } from "../groups.ts";
import type { Command } from "./query.ts";
import { pointerTo } from "./record.ts";
import { finished, inSteps, type Line, leading, passed } from "./run.ts";
import { eventRow, type Row, type Scope } from "./values.ts";

/** What a query looks at. Times are epoch ms, both inclusive. */
export interface Search {
  readonly commands: readonly Command[];
  readonly groups: readonly LogGroup[];
  readonly from: number;
  readonly to: number;
  readonly most: number;
}

/** What it found. */
export interface Found {
  readonly lines: readonly Line[];
  readonly matched: number;
  readonly scanned: number;
  readonly bytes: number;
}

/** Ours: events that one query looks at, and keeps for what follows. More is refused rather than half answered. */
const mostScanned = 1_000_000;
const mostMatched = 200_000;
const atOnce = 1000;

/**
 * Runs a query over the events of its groups, in steps between which the process does other things.
 * @param goesOn asked now and then: whether the answer is still wanted.
 * @returns `undefined` when it is not.
 * @throws Fault `InvalidParameterException` when it is more than it may take.
 */
export async function search(
  rows: Rows,
  { commands, groups, from, to, most }: Search,
  scope: Scope,
  goesOn: () => Promise<boolean>,
): Promise<Found | undefined> {
  const first = leading(commands);
  const matched: Row[] = [];
  let scanned = 0;
  let bytes = 0;
  for (const group of groups) {
    const log = `${group.account}:${group.name}`;
    const take = async (events: readonly ReadEvent[]): Promise<void> => {
      const kept = await inSteps(events, (some) =>
        some.flatMap((event) => passed(first, eventRow(event, log, pointerTo(group.id, event)), scope) ?? []),
      );
      for (const row of kept) matched.push(row);
      if (scanned > mostScanned || matched.length > mostMatched) {
        throw invalidParameter(
          `The query looks at more than ${mostScanned} events or matches more than ${mostMatched}: narrow its time or its filter.`,
        );
      }
    };
    let waiting: ReadEvent[] = [];
    const query = { groupId: group.id, from: Math.max(from, keptFrom(group, scope.now)), to };
    for await (const event of eventsForward(rows, query)) {
      scanned++;
      bytes += event.message.length;
      waiting.push(event);
      if (waiting.length < atOnce) continue;
      await take(waiting);
      waiting = [];
      if (!(await goesOn())) return undefined;
      await setImmediate();
    }
    await take(waiting);
  }
  const lines = await finished(commands, matched, scope, most);
  return { lines, matched: matched.length, scanned, bytes };
}
