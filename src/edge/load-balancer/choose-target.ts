/** A registered target, as far as the choice depends on it. */
export interface Candidate {
  readonly state: "initial" | "healthy" | "unhealthy";
  readonly draining: boolean;
  /** Its Availability Zone; `all` for an address outside of the VPC. */
  readonly zone: string;
  /** Requests, or connections, under way. */
  readonly outstanding: number;
  /** Epoch ms: since when it is healthy; undefined while it is not. */
  readonly healthySince: number | undefined;
}

/** How a target group wants its targets chosen. */
export interface ChoiceRules {
  readonly algorithm: "round_robin" | "least_outstanding_requests" | "weighted_random";
  readonly crossZone: boolean;
  /** Milliseconds over which a target that became healthy gets its share; 0 for at once. */
  readonly slowStart: number;
  /** With fewer healthy targets than this, all of the zone get traffic. */
  readonly leastHealthy: { readonly count: number; readonly percentage: number };
}

/**
 * The targets that may be given traffic: the healthy ones, or all when too few are (AWS: the load balancer "fails
 * open"); never one that drains. Pure. Source: Elastic Load Balancing User Guide, "Target group health".
 * @param zone of the node that the request came to.
 */
export function routableTargets<T extends Candidate>(
  all: readonly T[],
  zone: string | undefined,
  { crossZone, leastHealthy }: Pick<ChoiceRules, "crossZone" | "leastHealthy">,
): readonly T[] {
  const near = all.filter(
    (target) =>
      !target.draining && (crossZone || zone === undefined || target.zone === zone || target.zone === "all"),
  );
  const healthy = near.filter(({ state }) => state === "healthy");
  const enough =
    healthy.length >= leastHealthy.count && healthy.length * 100 >= near.length * leastHealthy.percentage;
  return enough ? healthy : near;
}

/**
 * One of the routable targets. Pure.
 * @param turn how many were chosen before: round robin goes by it.
 * @param random gives numbers from 0 up to 1, 1 left out.
 */
export function chooseTarget<T extends Candidate>(
  routable: readonly T[],
  { algorithm, slowStart }: Pick<ChoiceRules, "algorithm" | "slowStart">,
  now: number,
  turn: number,
  random: () => number,
): T | undefined {
  if (routable.length < 2) return routable[0];
  switch (algorithm) {
    case "least_outstanding_requests":
      return leastOutstanding(routable, turn);
    case "weighted_random":
      return routable[Math.floor(random() * routable.length)];
    case "round_robin": {
      if (slowStart === 0) return routable[turn % routable.length];
      const shares = routable.map((target) => shareOf(target, slowStart, now));
      const total = shares.reduce((sum, share) => sum + share, 0);
      // AWS: slow start needs at least one target that is through with it.
      if (shares.every((share) => share === 1) || !shares.includes(1))
        return routable[turn % routable.length];
      return byShare(routable, shares, random() * total);
    }
  }
}

/** From a place that moves on, so that those with equally few take turns. */
function leastOutstanding<T extends Candidate>(routable: readonly T[], turn: number): T | undefined {
  let best: T | undefined;
  for (let index = 0; index < routable.length; index += 1) {
    const target = routable[(turn + index) % routable.length];
    if (target !== undefined && (best === undefined || target.outstanding < best.outstanding)) best = target;
  }
  return best;
}

/** Its share of the traffic, over 0 up to 1, growing linearly. */
function shareOf({ healthySince }: Candidate, slowStart: number, now: number): number {
  if (healthySince === undefined) return 1;
  return Math.min(1, Math.max(0.01, (now - healthySince) / slowStart));
}

/** One of several by their shares. @param point from 0 up to the sum of the shares. */
export function byShare<T>(of: readonly T[], shares: readonly number[], point: number): T | undefined {
  let left = point;
  for (const [index, one] of of.entries()) {
    const share = shares[index] ?? 0;
    if (left < share) return one;
    left -= share;
  }
  return of.findLast((_one, index) => (shares[index] ?? 0) > 0);
}
