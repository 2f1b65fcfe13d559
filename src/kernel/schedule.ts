import { cron } from "./cron.ts";
import { day, hour, minute } from "./duration.ts";
import type { WallClock } from "./time-zone.ts";

/** When something runs again and again. */
export interface Schedule {
  /** The first time after `after`, or `undefined` when there is none. Epoch ms. @param since what a rate counts from. */
  next(after: number, since: number): number | undefined;
}

/**
 * Reads a schedule expression ("Creating a rule that runs on a schedule", EventBridge User Guide): `rate(5 minutes)`,
 * counted from when the rule was set, or `cron(0 12 * * ? *)`. `undefined` when it is neither.
 * @param zone the time zone of a cron expression; UTC when left out.
 */
export function schedule(expression: string, zone?: WallClock): Schedule | undefined {
  const rate = /^rate\((\d{1,9}) (minutes?|hours?|days?)\)$/.exec(expression);
  if (rate !== null) return rateSchedule(Number(rate[1]), rate[2] ?? "");
  const fields = /^cron\((.+)\)$/.exec(expression)?.[1];
  return fields === undefined ? undefined : cron(fields, zone);
}

const units: Readonly<Record<string, number>> = { minute, hour, day };

/** AWS: the unit is singular for 1 and plural for all else. */
function rateSchedule(count: number, unit: string): Schedule | undefined {
  const plural = unit.endsWith("s");
  const length = units[plural ? unit.slice(0, -1) : unit];
  if (count === 0 || length === undefined || plural !== count > 1) return undefined;
  const every = count * length;
  return { next: (after, since) => since + (Math.floor(Math.max(0, after - since) / every) + 1) * every };
}
