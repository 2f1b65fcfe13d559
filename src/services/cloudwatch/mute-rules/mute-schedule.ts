import type { Schedule as ApiSchedule } from "@aws-sdk/client-cloudwatch";
import { day, hour, minute } from "../../../kernel/duration.ts";
import { type Schedule, schedule } from "../../../kernel/schedule.ts";
import { timeZone, utc } from "../../../kernel/time-zone.ts";
import { validation } from "../faults.ts";

/** When alarms are muted: windows of one length that begin again and again, or once. */
export interface MuteSchedule {
  readonly type: "ONE_TIME" | "RECURRING";
  /** When windows begin. */
  readonly begins: Schedule;
  /** How long a window is, in ms. */
  readonly length: number;
}

/** API Reference, "Schedule". */
const shortest = minute;
const longest = 15 * day;

/** @throws Fault `ValidationError`. The sentences are ours. */
export function readMuteSchedule({
  Expression = "",
  Duration = "",
  Timezone,
}: Partial<ApiSchedule>): MuteSchedule {
  const zone = Timezone === undefined ? utc : timeZone(Timezone);
  if (zone === undefined) throw validation(`The time zone ${Timezone} is not known.`);
  const length = durationOf(Duration);
  if (length === undefined || length < shortest || length > longest)
    throw validation(`The duration ${Duration} must be of the form PT4H, from PT1M to P15D.`);
  const at = /^at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2})\)$/.exec(Expression)?.[1];
  if (at !== undefined) {
    const shown = Date.parse(`${at}:00Z`);
    if (Number.isNaN(shown)) throw validation(`The schedule expression ${Expression} is not valid.`);
    const once = zone.when(shown);
    return { type: "ONE_TIME", length, begins: { next: (after) => (once > after ? once : undefined) } };
  }
  const fields = /^cron\((.+)\)$/.exec(Expression)?.[1]?.trim().split(/\s+/) ?? [];
  const begins = fields.length === 5 ? schedule(`cron(${sixFields(fields)})`, zone) : undefined;
  if (begins === undefined) throw validation(`The schedule expression ${Expression} is not valid.`);
  return { type: "RECURRING", length, begins };
}

/** Epoch ms when the window ends that is open now; `undefined` when none is. */
export function windowEnds({ begins, length }: MuteSchedule, now: number): number | undefined {
  let open: number | undefined;
  for (let from = now - length; ; ) {
    const begun = begins.next(from, 0);
    if (begun === undefined || begun > now) break;
    open = begun;
    from = begun;
  }
  return open === undefined ? undefined : open + length;
}

/** AWS: here cron has five fields, as on Unix; days of the week count from 0, Sunday. */
function sixFields(fields: readonly string[]): string {
  const [minutes, hours, date = "", month, weekday = ""] = fields;
  if (weekday === "*") return [minutes, hours, date, month, "?", "*"].join(" ");
  const days = weekday.replace(/\d+/g, (digit) => String((Number(digit) % 7) + 1));
  // Both kinds of days at once are no schedule: what is left is refused.
  return [minutes, hours, date === "*" ? "?" : date, month, days, "*"].join(" ");
}

/** ISO 8601, in days, hours and minutes. */
function durationOf(text: string): number | undefined {
  const [whole, days, time, hours, minutes] =
    /^P(?:(\d{1,3})D)?(T(?:(\d{1,4})H)?(?:(\d{1,6})M)?)?$/.exec(text) ?? [];
  if (whole === undefined || (days === undefined && time === undefined) || time === "T") return undefined;
  return Number(days ?? 0) * day + Number(hours ?? 0) * hour + Number(minutes ?? 0) * minute;
}
