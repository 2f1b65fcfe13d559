import type { AccountId } from "../../kernel/brand.ts";
import type { Jobs, Rows } from "../../store/types.ts";

/** What Cloud Map needs of the rest of the house. The composition root hands it over. */
export interface ServiceDiscoveryPorts {
  readonly jobs: Jobs;
  /** What Route 53's checkers found last, by health check; one that has not been probed yet is left out. */
  readonly healthOf: (
    rows: Rows,
    account: AccountId,
    healthCheckIds: readonly string[],
  ) => Promise<ReadonlyMap<string, "HEALTHY" | "UNHEALTHY">>;
  /** The hosted zone of the load balancer with a DNS name; `undefined` when the account has none. */
  readonly loadBalancerZone: (rows: Rows, account: AccountId, dnsName: string) => Promise<string | undefined>;
}
