/** How a health check stands. Times are epoch ms. */
export interface Standing {
  readonly healthy: boolean;
  /** How many looks in a row found the other of `healthy`. */
  readonly against: number;
  /** The last look. */
  readonly last?: Look;
  readonly lastFailure?: Look;
}

/** What one look at an endpoint found, in the words of GetHealthCheckStatus. */
export interface Look {
  readonly at: number;
  readonly healthy: boolean;
  /** `Success: HTTP Status Code 200, OK`. */
  readonly text: string;
}

/** AWS: a health check counts as healthy until enough looks say otherwise. */
export const unchecked: Standing = { healthy: true, against: 0 };

/**
 * How it stands after one more look: its health changes when `threshold` looks in a row say so (Developer Guide,
 * "How Route 53 determines whether a health check is healthy").
 */
export function afterLook(standing: Standing, look: Look, threshold: number): Standing {
  const against = look.healthy === standing.healthy ? 0 : standing.against + 1;
  const changes = against >= threshold;
  const lastFailure = look.healthy ? standing.lastFailure : look;
  return {
    healthy: changes ? look.healthy : standing.healthy,
    against: changes ? 0 : against,
    last: look,
    ...(lastFailure !== undefined && { lastFailure }),
  };
}
