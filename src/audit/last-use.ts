import type { Region } from "../kernel/brand.ts";
import { day } from "../kernel/duration.ts";
import type { Rows } from "../store/types.ts";
import type { AuditLastUseRow, AuditTables } from "./store.ts";
import type { AuditTrail } from "./trail.ts";

/** IAM User Guide, "Refine permissions in AWS using last accessed information": the tracking period. */
const trackingPeriod = 400 * day;
/** Identities asked for in one statement: fewer than any database's limit on parameters. */
const identitiesAtOnce = 500;

export interface Use {
  readonly identity: string;
  readonly service: string;
  readonly action: string;
  readonly at: number;
  readonly region: Region;
}

/** What is noted and not yet on disk is as true as what is: readers are told both, and need not wait for the disk. */
type Pending = Pick<AuditTrail, "pendingUses">;

/** The newest use of anything by an identity (role id, access key id), or `undefined`. */
export async function newestUse(
  rows: Rows,
  pending: Pending,
  identity: string,
  now: number,
): Promise<Use | undefined> {
  // INVARIANT: what waits is looked at first: what leaves it meanwhile is on disk when the rows are read.
  const noted = pending.pendingUses([identity]);
  const row = await rows
    .tables<AuditTables>()
    .selectFrom("audit_last_use")
    .selectAll()
    .where("identity", "=", identity)
    .orderBy("at", "desc")
    .limit(1)
    .executeTakeFirst();
  const [newest] = [...noted, ...(row === undefined ? [] : [row])].sort((a, b) => b.at - a.at);
  return newest === undefined || newest.at < now - trackingPeriod ? undefined : useOf(newest);
}

/** The newest use of each service and action by the given identities. */
export async function usesOf(
  rows: Rows,
  pending: Pending,
  identities: readonly string[],
  now: number,
): Promise<readonly Use[]> {
  const noted = pending.pendingUses(identities);
  const found = new Map<string, AuditLastUseRow>();
  for (let from = 0; from < identities.length; from += identitiesAtOnce) {
    const some = await rows
      .tables<AuditTables>()
      .selectFrom("audit_last_use")
      .selectAll()
      .where("identity", "in", identities.slice(from, from + identitiesAtOnce))
      .execute();
    for (const row of some) found.set(keyOf(row), row);
  }
  for (const row of noted) {
    const known = found.get(keyOf(row));
    if (known === undefined || known.at < row.at) found.set(keyOf(row), row);
  }
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, row]) => (row.at < now - trackingPeriod ? [] : [useOf(row)]));
}

function keyOf({ identity, service, action }: AuditLastUseRow): string {
  return `${identity} ${service} ${action}`;
}

function useOf(row: AuditLastUseRow): Use {
  return { ...row, region: row.region as Region };
}
