import type { Client, ServiceLinkedRoleRef } from "../dispatch/context.ts";
import type { AccountId, Arn, Region } from "../kernel/brand.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Random } from "../kernel/random.ts";
import type { Jobs } from "../store/types.ts";

/** What a loop needs of the rest of the house. The composition root hands it over. */
export interface LoopPorts {
  readonly jobs: Jobs;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: LoopLog;
  /** Calls as a service-linked role, in a session of it; every call is authorised and recorded as the role's own. */
  clientAs(role: ActingRole): Client;
  /**
   * Calls as a service in its own name: for the bookkeeping that needs no role, and where a resource's policy lets the
   * service in. @param sourceArn on whose behalf (`aws:SourceArn`).
   */
  clientOf(servicePrincipal: string, account: AccountId, region: Region, sourceArn?: Arn): Client;
}

/** A service-linked role at work: whose it is, and the region its calls go to unless they say otherwise. */
export interface ActingRole extends ServiceLinkedRoleRef {
  readonly account: AccountId;
  readonly region: Region;
}

/** One line for what an operator should know. */
export interface LoopLog {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
