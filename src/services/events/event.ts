import type { AccountId, Region } from "../../kernel/brand.ts";
import type { Json } from "../../kernel/json.ts";

/** An event as rules match it and targets get it ("Events in Amazon EventBridge", EventBridge User Guide). */
export interface BusEvent {
  readonly version: "0";
  readonly id: string;
  readonly "detail-type": string;
  readonly source: string;
  readonly account: AccountId;
  /** ISO 8601 in whole seconds: `2026-09-16T16:58:57Z`. */
  readonly time: string;
  readonly region: Region;
  readonly resources: readonly string[];
  readonly detail: { readonly [key: string]: Json };
  /** The replay that sent it once more. */
  readonly "replay-name"?: string;
}

/** A time as events show it. @param ms epoch milliseconds. */
export function eventTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
