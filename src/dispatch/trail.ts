import type { FoundEvent } from "../audit/trail.ts";
import type { AccountId, Region } from "../kernel/brand.ts";
import type { Rows } from "../store/types.ts";
import type { LiveChange } from "./live-change.ts";

/** The audit trail as services read it. Implemented by `src/audit`. */
export interface Trail {
  /** Events of one account and region, newest first. Everything recorded before the call is seen. */
  lookup(query: TrailQuery): Promise<{ readonly events: readonly TrailEvent[]; readonly next?: string }>;
}

/** What has changed lately, as the trail knows it. Implemented by `src/audit`. */
export interface TrailChanges {
  /** Recorded calls that are no reads, from `since` (epoch ms) on, oldest first. */
  changes(query: {
    readonly account: AccountId;
    readonly region: Region;
    readonly since: number;
    readonly limit: number;
  }): Promise<readonly LiveChange[]>;
}

export interface TrailQuery {
  readonly account: AccountId;
  readonly region: Region;
  /** Epoch ms, both included. */
  readonly from?: number;
  readonly to?: number;
  readonly attribute?: { readonly key: LookupAttribute; readonly value: string };
  readonly limit: number;
  /** Token of the page before. */
  readonly after?: string;
}

/** CloudTrail API Reference, "LookupAttribute". */
export type LookupAttribute =
  | "EventId"
  | "EventName"
  | "ReadOnly"
  | "Username"
  | "ResourceType"
  | "ResourceName"
  | "EventSource"
  | "AccessKeyId";

/** One event, with the columns that LookupEvents answers and the whole CloudTrail record as JSON. */
export type TrailEvent = FoundEvent;

/** When and where an identity last acted. Implemented by `src/audit`; 400 days back. */
export interface LastUse {
  /** `RoleLastUsed` of a role (by id), `undefined` when never. */
  role(rows: Rows, roleId: string): Promise<{ readonly at: number; readonly region: Region } | undefined>;
  /** Last use of an access key, or `undefined`. */
  accessKey(
    rows: Rows,
    accessKeyId: string,
  ): Promise<{ readonly at: number; readonly region: Region; readonly service: string } | undefined>;
  /** Last uses by service and action of the given entities (user and role ids). */
  services(rows: Rows, entityIds: readonly string[]): Promise<readonly ServiceUse[]>;
}

export interface ServiceUse {
  readonly entityId: string;
  /** `ecr`. */
  readonly service: string;
  /** `PutImage`. */
  readonly action: string;
  readonly at: number;
  readonly region: Region;
}
