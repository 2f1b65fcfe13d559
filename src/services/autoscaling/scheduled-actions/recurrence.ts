import { Cron } from "croner";
import type { ScheduledAction } from "./action.ts";

/** A recurrence as AWS takes it: five fields of Unix cron. `undefined` when it is none. */
function cronOf(recurrence: string, timeZone: string | undefined): Cron | undefined {
  if (recurrence.trim().split(/\s+/).length !== 5) return undefined;
  try {
    return new Cron(recurrence.trim(), { timezone: timeZone ?? "Etc/UTC", paused: true });
  } catch {
    return undefined;
  }
}

export function isRecurrence(recurrence: string): boolean {
  return cronOf(recurrence, undefined) !== undefined;
}

/** Whether there is a time zone of this name (IANA). */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/**
 * When an action is carried out next after a time (epoch ms); `undefined` when it is not again. AWS: one without a
 * recurrence once, at its start.
 */
export function nextAfter(
  { start, end, recurrence, timeZone }: Pick<ScheduledAction, "start" | "end" | "recurrence" | "timeZone">,
  after: number,
): number | undefined {
  if (recurrence === undefined) return start !== undefined && start > after ? start : undefined;
  // AWS: the first is at the start itself or later.
  const from = Math.max(after, (start ?? after + 1) - 1);
  const next = cronOf(recurrence, timeZone)?.nextRun(new Date(from))?.getTime();
  return next === undefined || (end !== undefined && next > end) ? undefined : next;
}
