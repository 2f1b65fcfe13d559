/** Where time comes from. Nothing else in the program reads the system clock for a decision. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

/** The machine's own time. */
export const systemClock: Clock = { now: () => Date.now() };

/** A clock that runs with the machine's and can be moved forward, so that a test can live through days. */
export interface MovableClock extends Clock {
  /** Moves the clock forward by `ms` milliseconds (never back). */
  advance(ms: number): void;
}

/** Makes a movable clock on top of another. */
export function movableClock(base: Clock = systemClock): MovableClock {
  let ahead = 0;
  return {
    now: () => base.now() + ahead,
    advance(ms) {
      if (!(ms >= 0)) throw new RangeError("a clock moves forward only");
      ahead += ms;
    },
  };
}
