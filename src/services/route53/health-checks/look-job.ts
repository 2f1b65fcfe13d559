import { second } from "../../../kernel/duration.ts";
import { globalRegion } from "../../../kernel/region.ts";
import type { NewJob } from "../../../store/types.ts";
import { route53Principal } from "../principal.ts";
import { looksAtEndpoint } from "./config.ts";
import type { HealthCheck } from "./health-check.ts";

/** The queue of health checks that are to be looked at. */
export const healthCheckQueue = "route53.health-checks";

/** How often checks of other checks and of alarms are looked at, in ms. */
const derivedInterval = 10 * second;

/** Looks at a health check at `notBefore` (epoch ms) or soon after. */
export function lookJob({ id, account }: HealthCheck, notBefore: number): NewJob {
  return {
    queue: healthCheckQueue,
    key: id,
    account,
    region: globalRegion,
    servicePrincipal: route53Principal,
    payload: { id },
    notBefore,
  };
}

/** When a check is looked at after `now`. */
export function nextLook({ config }: HealthCheck, now: number): number {
  return now + (looksAtEndpoint(config) ? (config.RequestInterval ?? 30) * second : derivedInterval);
}
