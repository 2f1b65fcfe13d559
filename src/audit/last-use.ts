import type { Region } from "../kernel/brand.ts";
import { day } from "../kernel/duration.ts";
import type { Rows } from "../store/types.ts";
import type { AuditTables } from "./store.ts";

/** IAM User Guide, "Refine permissions in AWS using last accessed information": the tracking period. */
const trackingPeriod = 400 * day;

export interface Use {
  readonly identity: string;
  readonly service: string;
  readonly action: string;
  readonly at: number;
  readonly region: Region;
}

/** The newest use of anything by an identity (role id, access key id), or `undefined`. */
export async function newestUse(rows: Rows, identity: string, now: number): Promise<Use | undefined> {
  const row = await rows
    .tables<AuditTables>()
    .selectFrom("audit_last_use")
    .selectAll()
    .where("identity", "=", identity)
    .where("at", ">=", now - trackingPeriod)
    .orderBy("at", "desc")
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? undefined : { ...row, region: row.region as Region };
}

/** The newest use of each service and action by the given identities. */
export async function usesOf(
  rows: Rows,
  identities: readonly string[],
  now: number,
): Promise<readonly Use[]> {
  if (identities.length === 0) return [];
  const found = await rows
    .tables<AuditTables>()
    .selectFrom("audit_last_use")
    .selectAll()
    .where("identity", "in", [...identities])
    .where("at", ">=", now - trackingPeriod)
    .orderBy("identity")
    .orderBy("service")
    .orderBy("action")
    .execute();
  return found.map((row) => ({ ...row, region: row.region as Region }));
}
