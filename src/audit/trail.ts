import type { AccountId, Region } from "../kernel/brand.ts";
import { pageToken, readPageToken } from "../kernel/page.ts";
import type { Rows, Store, Tx } from "../store/types.ts";
import { type CallRecord, cloudTrailRecord, usedIdentities, username } from "./record.ts";
import type { AuditEventRow, AuditLastUseRow, AuditTables } from "./store.ts";

/**
 * Rows an insert statement carries: few enough for every database's limit on parameters, and of few sizes, since each
 * size is a statement of its own that is kept prepared.
 */
const rowsPerInsert = [128, 32, 8, 1];
/** A read waits at most so long before it is on disk. */
const batchMs = 100;
/** What could not be written is tried again so much later. */
const retryMs = 1_000;
/** A batch is written early when so many rows wait. */
const batchRows = 2_000;
/** Callers wait for the writer when so many rows wait: the queue is bounded. */
const queueRows = 20_000;

/** An event found by `lookup`. */
export interface FoundEvent {
  readonly eventId: string;
  readonly eventName: string;
  readonly eventSource: string;
  /** Epoch ms. */
  readonly eventTime: number;
  readonly readOnly: boolean;
  readonly accessKeyId?: string;
  readonly username?: string;
  readonly resources: readonly { readonly type: string; readonly name: string }[];
  /** The CloudTrail record, as JSON. */
  readonly record: string;
}

export interface Lookup {
  readonly account: AccountId;
  readonly region: Region;
  readonly from?: number;
  readonly to?: number;
  readonly attribute?: { readonly key: string; readonly value: string };
  readonly limit: number;
  readonly after?: string;
}

export interface ChangesQuery {
  readonly account: AccountId;
  readonly region: Region;
  /** Epoch ms. */
  readonly since: number;
  readonly limit: number;
}

/** A call that is no read: who looks at what it touched may want to look again. */
export interface RecordedChange {
  readonly id: string;
  /** Epoch ms. */
  readonly at: number;
  /** `ecs`. */
  readonly service: string;
  readonly name: string;
  /** ARNs. */
  readonly resources: readonly string[];
}

/**
 * The audit trail. A committed change is recorded in its own transaction; a refused or failed call before its answer
 * leaves (many share one transaction); reads and last-used data within `batchMs`, or at `flush`.
 */
export interface AuditTrail {
  /** Records a committed change as part of it. */
  recordIn(tx: Tx, call: CallRecord): Promise<void>;
  /** Records a refused or failed call; settles when it is on disk. */
  recordNow(call: CallRecord): Promise<void>;
  /** Records a successful read soon. Settles at once, or when the queue has room again. */
  recordSoon(call: CallRecord): Promise<void> | undefined;
  /** Notes last-used data of a call that `recordIn` recorded. */
  noteUse(call: CallRecord): void;
  /** Uses by the given identities that are noted and perhaps not on disk yet. */
  pendingUses(identities: readonly string[]): readonly AuditLastUseRow[];
  /** Settles when everything recorded so far is on disk. */
  flush(): Promise<void>;
  lookup(query: Lookup): Promise<{ readonly events: readonly FoundEvent[]; readonly next?: string }>;
  /** Calls that are no reads and are on disk, from `since` (epoch ms) on, oldest first. */
  changes(query: ChangesQuery): Promise<readonly RecordedChange[]>;
  /** Forgets what waits (the reset route). */
  discard(): void;
}

/** Makes the trail on a store. `onError` hears of a batch that could not be written; it is tried again. */
export function createAuditTrail(store: Store, onError: (error: unknown) => void): AuditTrail {
  let waiting: AuditEventRow[] = [];
  let uses = new Map<string, AuditLastUseRow>();
  /** Those of the batch that is being written. */
  let leaving: ReadonlyMap<string, AuditLastUseRow> = new Map();
  let writing: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let generation = 0;

  async function write(): Promise<void> {
    const events = waiting;
    const noted = uses;
    if (events.length === 0 && noted.size === 0) return;
    const mine = generation;
    waiting = [];
    uses = new Map();
    leaving = noted;
    try {
      await store.transaction(async (tx) => {
        if (mine !== generation) return;
        for (let at = 0; at < events.length; ) {
          const left = events.length - at;
          const size = rowsPerInsert.find((rows) => rows <= left) ?? left;
          const rows = events.slice(at, at + size);
          await tx.tables<AuditTables>().insertInto("audit_event").values(rows).execute();
          at += size;
        }
        for (const use of noted.values()) await upsertUse(tx, use);
      });
    } catch (error) {
      if (mine === generation) {
        waiting = [...events, ...waiting];
        for (const use of noted.values()) noteRow(use);
      }
      onError(error);
      later(retryMs);
      throw error;
    } finally {
      leaving = new Map();
    }
  }

  /** One writer at a time; whoever asks while it works gets the next round. */
  function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const round = writing.then(write, write);
    writing = round.catch(() => undefined);
    return round;
  }

  function soon(): void {
    if (waiting.length >= batchRows) flush().catch(() => undefined);
    else later(batchMs);
  }

  function later(ms: number): void {
    if (timer !== undefined) return;
    timer = setTimeout(() => flush().catch(() => undefined), ms);
    timer.unref();
  }

  function noteRow(use: AuditLastUseRow): void {
    const key = `${use.identity} ${use.service} ${use.action}`;
    const known = uses.get(key);
    if (known === undefined || known.at < use.at) uses.set(key, use);
  }

  function noteUse(call: CallRecord): void {
    const service = call.eventSource.split(".", 1)[0] ?? call.eventSource;
    for (const identity of usedIdentities(call.principal)) {
      noteRow({ identity, service, action: call.eventName, at: call.time, region: call.region });
    }
    soon();
  }

  return {
    async recordIn(tx, call) {
      await tx.tables<AuditTables>().insertInto("audit_event").values(rowsOf(call)).execute();
    },
    recordNow(call) {
      for (const row of rowsOf(call)) waiting.push(row);
      noteUse(call);
      return flush();
    },
    recordSoon(call) {
      for (const row of rowsOf(call)) waiting.push(row);
      noteUse(call);
      return waiting.length > queueRows ? flush() : undefined;
    },
    noteUse,
    pendingUses(identities) {
      const wanted = new Set(identities);
      return [...leaving.values(), ...uses.values()].filter(({ identity }) => wanted.has(identity));
    },
    flush,
    async lookup(query) {
      await flush();
      return lookup(store.rows, query);
    },
    changes: (query) => recentChanges(store.rows, query),
    discard() {
      generation++;
      waiting = [];
      uses = new Map();
      leaving = new Map();
    },
  };
}

async function recentChanges(
  rows: Rows,
  { account, region, since, limit }: ChangesQuery,
): Promise<readonly RecordedChange[]> {
  const found = await rows
    .tables<AuditTables>()
    .selectFrom("audit_event")
    .select(["id", "time", "source", "name", "resources", "record"])
    .where("account", "=", account)
    .where("region", "=", region)
    .where("time", ">=", since)
    .where("read_only", "=", 0)
    .orderBy("time")
    .orderBy("id")
    .limit(limit)
    .execute();
  return found.map((row) => ({
    ...{ id: row.id, at: row.time, name: row.name },
    service: row.source.split(".", 1)[0] ?? row.source,
    resources: touchedBy(row),
  }));
}

/** What a call was on or, where its action knows no resource, what its answer names. */
function touchedBy(row: Pick<AuditEventRow, "resources" | "record">): readonly string[] {
  const named = (JSON.parse(row.resources) as FoundEvent["resources"]).map(({ name }) => name);
  const known = named.filter((name) => name.startsWith("arn:"));
  if (known.length > 0) return known;
  const { responseElements } = JSON.parse(row.record) as { readonly responseElements?: unknown };
  return [...new Set(JSON.stringify(responseElements ?? null).match(/(?<=")arn:[^"\\]+(?=")/g) ?? [])];
}

async function upsertUse(tx: Tx, use: AuditLastUseRow): Promise<void> {
  await tx
    .tables<AuditTables>()
    .insertInto("audit_last_use")
    .values(use)
    .onConflict((conflict) =>
      conflict
        .columns(["identity", "service", "action"])
        .doUpdateSet((eb) => ({ at: eb.ref("excluded.at"), region: eb.ref("excluded.region") }))
        .whereRef("audit_last_use.at", "<", "excluded.at"),
    )
    .execute();
}

/** A call is delivered to the caller's account, to each account whose resource it named, and where it is said to go. */
function rowsOf(call: CallRecord): AuditEventRow[] {
  const recipients = new Set<AccountId>(call.resources.map((resource) => resource.account));
  if (call.principal.type !== "Anonymous") recipients.add(call.principal.account);
  if (call.recipient !== undefined) recipients.add(call.recipient);
  const resources = JSON.stringify(call.resources.map((r) => ({ type: r.type, name: r.arn })));
  return [...recipients].map((account) => ({
    id: call.eventId,
    account,
    region: call.region,
    time: call.time,
    name: call.eventName,
    source: call.eventSource,
    read_only: call.readOnly ? 1 : 0,
    access_key: "accessKeyId" in call.principal ? call.principal.accessKeyId : null,
    username: username(call) ?? null,
    resources,
    record: JSON.stringify(cloudTrailRecord(call, account)),
  }));
}

/** Newest first. Attributes without a column of their own are matched while rows are read, a bounded page at a time. */
async function lookup(
  rows: Rows,
  query: Lookup,
): Promise<{ readonly events: readonly FoundEvent[]; readonly next?: string }> {
  const events: FoundEvent[] = [];
  let before = query.after === undefined ? undefined : readPageToken(query.after);
  for (;;) {
    const page = await lookupPage(rows, query, before, query.limit + 1);
    for (const row of page) {
      const found = foundEvent(row);
      if (!matchesResources(found, query.attribute)) continue;
      if (events.length === query.limit) {
        const last = events[events.length - 1];
        return last === undefined
          ? { events }
          : { events, next: pageToken([String(last.eventTime), last.eventId]) };
      }
      events.push(found);
    }
    const last = page[page.length - 1];
    if (page.length <= query.limit || last === undefined) return { events };
    before = [String(last.time), last.id];
  }
}

async function lookupPage(
  rows: Rows,
  query: Lookup,
  before: readonly string[] | undefined,
  limit: number,
): Promise<readonly AuditEventRow[]> {
  let found = rows
    .tables<AuditTables>()
    .selectFrom("audit_event")
    .selectAll()
    .where("account", "=", query.account)
    .where("region", "=", query.region)
    .orderBy("time", "desc")
    .orderBy("id", "desc")
    .limit(limit);
  if (query.from !== undefined) found = found.where("time", ">=", query.from);
  if (query.to !== undefined) found = found.where("time", "<=", query.to);
  const [time, id] = before ?? [];
  if (time !== undefined && id !== undefined) {
    const at = Number(time);
    found = found.where((eb) => eb.or([eb("time", "<", at), eb("time", "=", at).and("id", "<", id)]));
  }
  const column = query.attribute === undefined ? undefined : attributeColumn[query.attribute.key];
  if (query.attribute !== undefined && column !== undefined) {
    const value = query.attribute.value;
    found =
      column === "read_only"
        ? found.where(column, "=", value.toLowerCase() === "true" ? 1 : 0)
        : found.where(column, "=", value);
  }
  return found.execute();
}

const attributeColumn: Readonly<
  Record<string, "id" | "name" | "read_only" | "username" | "source" | "access_key">
> = {
  EventId: "id",
  EventName: "name",
  ReadOnly: "read_only",
  Username: "username",
  EventSource: "source",
  AccessKeyId: "access_key",
};

function matchesResources(event: FoundEvent, attribute: Lookup["attribute"]): boolean {
  if (attribute?.key === "ResourceName") {
    return event.resources.some((r) => r.name === attribute.value || r.name.endsWith(`/${attribute.value}`));
  }
  if (attribute?.key === "ResourceType") return event.resources.some((r) => r.type === attribute.value);
  return true;
}

function foundEvent(row: AuditEventRow): FoundEvent {
  return {
    eventId: row.id,
    eventName: row.name,
    eventSource: row.source,
    eventTime: row.time,
    readOnly: row.read_only === 1,
    accessKeyId: row.access_key ?? undefined,
    username: row.username ?? undefined,
    resources: JSON.parse(row.resources) as FoundEvent["resources"],
    record: row.record,
  };
}
