import { second } from "../../kernel/duration.ts";

/** Lets a bounded number of questions through per sender: a forged sender must not be flooded with answers. */
export interface Pace {
  admits(sender: string): boolean;
}

/** Questions that a sender may ask in a second, and senders that are told apart. */
const mostInSecond = 1000;
const mostSenders = 10_000;

/** @param now milliseconds that only grow. */
export function createPace(now: () => number = () => performance.now()): Pace {
  let counts = new Map<string, number>();
  let begun = now();
  return {
    admits(sender) {
      const at = now();
      if (at - begun >= second) {
        counts = new Map();
        begun = at;
      }
      const count = (counts.get(sender) ?? 0) + 1;
      // With more senders than can be told apart, those that are new wait for the next second.
      if (count > mostInSecond || (count === 1 && counts.size >= mostSenders)) return false;
      counts.set(sender, count);
      return true;
    },
  };
}
