/** A time as tables and details show it: the person's own clock, to the second. */
export function shownTime(time: Date | undefined): string {
  return time === undefined
    ? "–"
    : time.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}

/** How long ago, in the largest unit that fits: `3 minutes ago`. */
export function ago(time: Date | undefined, now = Date.now()): string {
  if (time === undefined) return "–";
  const seconds = Math.round((time.getTime() - now) / 1000);
  const format = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
  const units = [
    ["day", 86_400],
    ["hour", 3_600],
    ["minute", 60],
  ] as const;
  for (const [unit, length] of units) {
    if (Math.abs(seconds) >= length) return format.format(Math.trunc(seconds / length), unit);
  }
  return format.format(seconds, "second");
}
