import type { AccountId, Region } from "../../kernel/brand.ts";

/** Whose namespaces and services: an account in a region. */
export interface CloudMapScope {
  readonly account: AccountId;
  readonly region: Region;
}

/** Names something of Cloud Map by its id. */
export interface CloudMapKey extends CloudMapScope {
  readonly id: string;
}
