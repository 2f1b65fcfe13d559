import type { AccountId, Region } from "../../kernel/brand.ts";

/** Whose load balancers and target groups: an account in a region. */
export interface Place {
  readonly account: AccountId;
  readonly region: Region;
}
