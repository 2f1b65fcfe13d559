import { boundedCache } from "../../kernel/bounded-cache.ts";

/**
 * When each delivery's turn is: the turns of one destination are spaced by its rate. Each process has a pace of its own.
 */
export interface Pace {
  /**
   * The time of a delivery's turn, epoch ms: not after `now` when it is. A delivery that was told a later time keeps it,
   * and uses it up when it comes back.
   * @param rate turns per second.
   */
  turn(destination: string, rate: number, deliveryId: string, now: number): number;
  /** How often a delivery was told to come back later: these were no attempts. */
  waits(deliveryId: string): number;
}

/** Makes one. What it does not remember any more has its turn anew. */
export function createPace(): Pace {
  /** When a destination's next turn is. */
  const next = boundedCache<number>(2_000);
  const waiting = boundedCache<{ readonly until: number | undefined; readonly waits: number }>(20_000);
  return {
    turn(destination, rate, deliveryId, now) {
      const { until, waits } = waiting.get(deliveryId) ?? { until: undefined, waits: 0 };
      if (until !== undefined && until > now) return until;
      if (until !== undefined) {
        waiting.set(deliveryId, { until: undefined, waits });
        return now;
      }
      const at = Math.max(next.get(destination) ?? 0, now);
      next.set(destination, at + 1000 / rate);
      if (at > now) waiting.set(deliveryId, { until: at, waits: waits + 1 });
      return at;
    },
    waits: (deliveryId) => waiting.get(deliveryId)?.waits ?? 0,
  };
}
