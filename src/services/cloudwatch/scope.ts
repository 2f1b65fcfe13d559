import type { AccountId, Region } from "../../kernel/brand.ts";

/** Whose metrics and alarms: an account in a region. */
export interface CloudWatchScope {
  readonly account: AccountId;
  readonly region: Region;
}
