import { type Schedule, schedule } from "../../../kernel/schedule.ts";
import { timeZone, utc } from "../../../kernel/time-zone.ts";
import { validation } from "../faults.ts";

/**
 * When a scheduled action runs: `at(2026-11-22T18:00:00)`, `rate(5 minutes)` or `cron(0 18 * * ? *)` (API Reference,
 * "PutScheduledAction"). @throws Fault `ValidationException`. The sentences are ours.
 */
export function readSchedule(expression: string, zoneName: string | undefined): Schedule {
  const zone = zoneName === undefined ? utc : timeZone(zoneName);
  if (zone === undefined) throw validation(`Invalid time zone: ${zoneName}`);
  const at = /^at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\)$/.exec(expression)?.[1];
  if (at === undefined) {
    const found = schedule(expression, zone);
    if (found === undefined) throw validation(`Invalid schedule expression: ${expression}`);
    return found;
  }
  const shown = Date.parse(`${at}Z`);
  if (Number.isNaN(shown)) throw validation(`Invalid schedule expression: ${expression}`);
  const once = zone.when(shown);
  return { next: (after) => (once > after ? once : undefined) };
}
