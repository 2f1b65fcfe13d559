import { never, type Operator, withNegation } from "./operator.ts";

/**
 * `DateEquals`, `DateLessThan` … (IAM User Guide, "Date condition operators"): ISO 8601 in the forms of the W3C
 * note, or seconds since the epoch. Compared to the millisecond. Text that is no date equals nothing, so
 * `DateNotEquals` is true of it (recorded on AWS).
 */
export const dateOperators: readonly (readonly [string, Operator])[] = [
  ...withNegation(
    "DateEquals",
    "DateNotEquals",
    ordering((order) => order === 0),
  ),
  ["DateLessThan", { negated: false, ...ordering((order) => order < 0) }],
  ["DateLessThanEquals", { negated: false, ...ordering((order) => order <= 0) }],
  ["DateGreaterThan", { negated: false, ...ordering((order) => order > 0) }],
  ["DateGreaterThanEquals", { negated: false, ...ordering((order) => order >= 0) }],
];

/** `accepts` sees (request value - policy value) in milliseconds. */
function ordering(accepts: (order: number) => boolean): Omit<Operator, "negated"> {
  return {
    compile(policyValue) {
      const bound = readDate(policyValue);
      if (bound === undefined) return never;
      return (requestValue) => {
        const value = readDate(requestValue);
        return value !== undefined && accepts(value - bound);
      };
    },
  };
}

const epochSeconds = /^\d{1,15}(?:\.\d{1,9})?$/;
const w3c =
  /^(\d{4})-(\d\d)(?:-(\d\d)(?:[Tt](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?:([Zz])|([+-])(\d\d):?(\d\d))?)?)?$/;

/** Reads a date as epoch milliseconds; a time without a zone is UTC. */
export function readDate(text: string): number | undefined {
  if (epochSeconds.test(text)) return Math.trunc(Number(text) * 1000);
  const match = w3c.exec(text);
  if (match === null) return undefined;
  const [year = 0, month = 1, day = 1, hours = 0, minutes = 0, seconds = 0] = match
    .slice(1, 7)
    .map((part) => (part === undefined ? undefined : Number(part)));
  const milliseconds = Number((match[7] ?? "0").padEnd(3, "0").slice(0, 3));
  if (month < 1 || month > 12 || day < 1 || day > 31 || hours > 23 || minutes > 59 || seconds > 59)
    return undefined;
  const utc = Date.UTC(year, month - 1, day, hours, minutes, seconds, milliseconds);
  const offset = (Number(match[10] ?? 0) * 60 + Number(match[11] ?? 0)) * 60_000;
  return match[9] === "-" ? utc + offset : utc - offset;
}
