/** What the clocks on the walls of a place show. */
export interface WallClock {
  /** What is shown at a moment, as if it were UTC. Epoch ms. */
  shown(at: number): number;
  /** When it is first shown. What is left out when clocks go forward comes as much later. Epoch ms. */
  when(shown: number): number;
}

export const utc: WallClock = { shown: (at) => at, when: (shown) => shown };

/** The clocks of a zone of the IANA time zone database (`Europe/Berlin`); `undefined` when there is no such zone. */
export function timeZone(name: string): WallClock | undefined {
  const format = formatOf(name);
  if (format === undefined) return undefined;
  const shown = (at: number): number => {
    const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
    return Date.UTC(year, month - 1, day, hour, minute, second) + (((at % 1000) + 1000) % 1000);
  };
  const offset = (at: number): number => shown(at) - at;
  return {
    shown,
    when(wanted) {
      // The offsets around it: clocks change less than once a day.
      const before = wanted - offset(wanted - 86_400_000);
      const after = wanted - offset(wanted + 86_400_000);
      if (shown(before) === wanted) return before;
      return shown(after) === wanted ? after : before;
    },
  };
}

function formatOf(timeZone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat("en-US-u-hc-h23", {
      timeZone,
      calendar: "gregory",
      ...{ year: "numeric", month: "numeric", day: "numeric" },
      ...{ hour: "numeric", minute: "numeric", second: "numeric" },
    });
  } catch {
    return undefined;
  }
}
