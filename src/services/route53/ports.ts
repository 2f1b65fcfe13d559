import type { CloudWatchAlarmConfiguration } from "@aws-sdk/client-route-53";
import type { AccountId, Region } from "../../kernel/brand.ts";
import type { Jobs, Rows } from "../../store/types.ts";

/** What Route 53 needs of the rest of the house. */
export interface Route53Ports {
  readonly jobs: Jobs;
  /** An alarm of the account; `undefined` when there is none. */
  alarm(rows: Rows, account: AccountId, region: Region, name: string): Promise<AlarmView | undefined>;
  /** What a zone's name servers answer. */
  testAnswer(zone: string, name: string, type: string): Promise<TestAnswer>;
}

/** An alarm as a health check sees it. */
export interface AlarmView {
  readonly state: "OK" | "ALARM" | "INSUFFICIENT_DATA";
  /** What it watches, where that is one metric. */
  readonly configuration?: CloudWatchAlarmConfiguration;
}

/** An answer of DNS. */
export interface TestAnswer {
  /** `NOERROR`. */
  readonly code: string;
  /** Values as records have them. */
  readonly values: readonly string[];
}
