import { boundedCache } from "../../../kernel/bounded-cache.ts";
import { minute } from "../../../kernel/duration.ts";

/** Counts attempts to sign in, so that nobody tries passwords one after the other. */
export interface Attempts {
  /** Notes an attempt; false when there were too many. `now` in epoch ms. */
  begin(who: Attempt, now: number): boolean;
  /** It was the person: what they mistyped before is forgotten. */
  forget(who: Attempt): void;
}

/** Who tries to sign in, and from where. */
export interface Attempt {
  /** `<account>/<user name>`. */
  readonly user: string;
  readonly ip: string;
}

/** Attempts within `span`: of one user from one address; of one user, and from one address, altogether. */
const most = { both: 5, user: 50, ip: 50 } as const;
const span = 5 * minute;
/** Counters that are kept; those least used make room. */
const counters = 100_000;

/** Keeps the counters in memory: of several processes each counts for itself. */
export function createAttempts(): Attempts {
  const seen = boundedCache<{ readonly since: number; count: number }>(counters);

  function count(key: string, now: number): number {
    const before = seen.get(key);
    if (before === undefined || now - before.since >= span) {
      seen.set(key, { since: now, count: 1 });
      return 1;
    }
    before.count += 1;
    return before.count;
  }

  const bothKey = ({ user, ip }: Attempt): string => JSON.stringify([user, ip]);
  return {
    begin(who, now) {
      const over = [
        count(bothKey(who), now) > most.both,
        count(`user ${who.user}`, now) > most.user,
        count(`ip ${who.ip}`, now) > most.ip,
      ];
      return !over.includes(true);
    },
    forget(who) {
      seen.set(bothKey(who), { since: Number.NEGATIVE_INFINITY, count: 0 });
    },
  };
}
