import type { Rows } from "../../../store/types.ts";
import { eventsForward, keptFrom, type ReadEvent } from "../events.ts";
import { invalidParameter } from "../faults.ts";
import type { LogGroup } from "../groups.ts";
import { eventId } from "../position.ts";
import type { Command } from "./query.ts";
import { finished, type Line, leading, passed, withinTime } from "./run.ts";
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

/** Runs a query over the events of its groups. Throws `InvalidParameterException` when it is more than it may take. */
export async function search(
  rows: Rows,
  { commands, groups, from, to, most }: Search,
  scope: Scope,
): Promise<Found> {
  const first = leading(commands);
  const matched: Row[] = [];
  let scanned = 0;
  let bytes = 0;
  for (const group of groups) {
    const log = `${group.account}:${group.name}`;
    const take = (events: readonly ReadEvent[]): void => {
      const kept = guarded(() =>
        events.flatMap((event) => {
          const pointer = Buffer.from(JSON.stringify([group.id, eventId(event.position)])).toString(
            "base64url",
          );
          return passed(first, eventRow(event, log, pointer), scope) ?? [];
        }),
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
      take(waiting);
      waiting = [];
    }
    take(waiting);
  }
  const lines = guarded(() => finished(commands, matched, scope, most));
  return { lines, matched: matched.length, scanned, bytes };
}

function guarded<T>(work: () => T): T {
  try {
    return withinTime(work);
  } catch (error) {
    if ((error as { readonly code?: string }).code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw error;
    throw invalidParameter("A regular expression of the query takes too long.");
  }
}
