import { day } from "./duration.ts";
import type { Schedule } from "./schedule.ts";
import { utc, type WallClock } from "./time-zone.ts";

/** One day, as the day fields see it. */
interface Day {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  /** 1 to 31. */
  readonly date: number;
  /** 1 (Sunday) to 7. */
  readonly weekday: number;
  /** Days of its month. */
  readonly length: number;
}

type DayTest = (day: Day) => boolean;

const months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const weekdays = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/** The years that AWS takes. */
const firstYear = 1970;
const lastYear = 2199;

/**
 * Six fields: minutes, hours, day of month, month, day of week, year ("Cron expressions reference", EventBridge User
 * Guide). One of the two day fields is `?`. `undefined` when the text is none. A time that the clocks of the zone leave
 * out in spring comes as much later, one that they show twice in autumn comes once.
 */
export function cron(text: string, zone: WallClock = utc): Schedule | undefined {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 6) return undefined;
  const [
    minuteField = "",
    hourField = "",
    dateField = "",
    monthField = "",
    weekdayField = "",
    yearField = "",
  ] = fields;
  if ((dateField === "?") === (weekdayField === "?")) return undefined;
  const minutes = numbers(minuteField, 0, 59);
  const hours = numbers(hourField, 0, 23);
  const inMonth = numbers(monthField, 1, 12, months);
  const inYear = numbers(yearField, firstYear, lastYear);
  const onDay = weekdayField === "?" ? dates(dateField) : weekdaysOf(weekdayField);
  if (!minutes || !hours || !inMonth || !inYear || !onDay) return undefined;
  const times = [...hours]
    .sort(ascending)
    .flatMap((h) => [...minutes].sort(ascending).map((m) => (h * 60 + m) * 60_000));
  return {
    next(after) {
      for (let midnight = Math.floor(zone.shown(after) / day) * day; ; midnight += day) {
        const date = dayOf(midnight);
        if (date.year > lastYear) return undefined;
        if (!inYear.has(date.year) || !inMonth.has(date.month) || !onDay(date)) continue;
        for (const time of times) {
          const at = zone.when(midnight + time);
          if (at > after) return at;
        }
      }
    },
  };
}

const ascending = (a: number, b: number): number => a - b;

function dayOf(midnight: number): Day {
  const date = new Date(midnight);
  const year = date.getUTCFullYear();
  const month = date.getUTCMonth() + 1;
  return {
    year,
    month,
    date: date.getUTCDate(),
    weekday: date.getUTCDay() + 1,
    length: new Date(Date.UTC(year, month, 0)).getUTCDate(),
  };
}

/** A field of numbers: `*`, `5`, `1-5`, `0/15`, `2-10/2`, and lists of these. */
function numbers(
  field: string,
  low: number,
  high: number,
  names: readonly string[] = [],
): ReadonlySet<number> | undefined {
  const found = new Set<number>();
  const read = (text: string): number => {
    const named = names.indexOf(text.toUpperCase());
    return named >= 0 ? named + low : /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  };
  for (const part of field.split(",")) {
    const [range = "", step, ...rest] = part.split("/");
    const [from = "", to, ...beyond] = range.split("-");
    const first = from === "*" ? low : read(from);
    const last = to !== undefined ? read(to) : from === "*" || step !== undefined ? high : first;
    const by = step === undefined ? 1 : read(step);
    const fits = first >= low && last <= high && first <= last && by >= 1;
    if (!fits || rest.length > 0 || beyond.length > 0 || (from === "*" && to !== undefined)) return undefined;
    for (let value = first; value <= last; value += by) found.add(value);
  }
  return found;
}

/** The day of the month: numbers, `L` for the last day, `15W` for the weekday nearest to the 15th, `LW`. */
function dates(field: string): DayTest | undefined {
  if (field === "L") return ({ date, length }) => date === length;
  if (field === "LW") return (one) => one.date === nearestWeekday(one, one.length);
  const near = /^(\d{1,2})W$/.exec(field)?.[1];
  if (near !== undefined) {
    const wanted = Number(near);
    if (wanted < 1 || wanted > 31) return undefined;
    return (one) => wanted <= one.length && one.date === nearestWeekday(one, wanted);
  }
  const found = numbers(field, 1, 31);
  return found && (({ date }) => found.has(date));
}

/** The date, in the same month, of the weekday nearest to `wanted`. */
function nearestWeekday({ date, weekday, length }: Day, wanted: number): number {
  const of = (((weekday - 1 + wanted - date) % 7) + 7) % 7;
  if (of === 6) return wanted === 1 ? wanted + 2 : wanted - 1;
  if (of === 0) return wanted === length ? wanted - 2 : wanted + 1;
  return wanted;
}

/** The day of the week: numbers or names, `L` for Saturday, `5L` for the last Thursday, `3#2` for the second Tuesday. */
function weekdaysOf(field: string): DayTest | undefined {
  if (field === "L") return ({ weekday }) => weekday === 7;
  const special = /^(\d|[A-Za-z]{3})(L|#([1-5]))$/.exec(field);
  if (special !== null) {
    const [wanted] = numbers(special[1] ?? "", 1, 7, weekdays) ?? [];
    if (wanted === undefined) return undefined;
    const nth = special[3] === undefined ? undefined : Number(special[3]);
    return ({ weekday, date, length }) =>
      weekday === wanted && (nth === undefined ? date + 7 > length : Math.ceil(date / 7) === nth);
  }
  const found = numbers(field, 1, 7, weekdays);
  return found && (({ weekday }) => found.has(weekday));
}
