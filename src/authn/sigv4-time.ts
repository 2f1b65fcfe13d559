const basic = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/;

/** Epoch milliseconds of an ISO 8601 basic time, `20150830T123600Z`; `undefined` when it is none or no real date. */
export function readBasicTime(text: string): number | undefined {
  const parts = basic.exec(text);
  if (parts === null) return undefined;
  const [, year, month, day, hours, minutes, seconds] = parts;
  const time = Date.parse(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}Z`);
  return Number.isNaN(time) || basicTime(time) !== text ? undefined : time;
}

/** ISO 8601 basic time to the second. */
export function basicTime(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19).replace(/[-:]/g, "")}Z`;
}
