import { day } from "../../kernel/duration.ts";
import type { Rows, Tx } from "../../store/types.ts";
import type { LogGroup } from "./groups.ts";
import type { Intake, StoredEvent } from "./intake.ts";
import { comparePositions, type Position } from "./position.ts";
import type { LogBatchRow, LogStreamRow, LogsTables } from "./store.ts";

/** One event as it is read. */
export interface ReadEvent {
  readonly position: Position;
  readonly message: string;
  /** Epoch ms. */
  readonly ingestedAt: number;
}

/** Which events are read: of one group, of some or all of its streams, between two times (both inclusive, epoch ms). */
export interface EventQuery {
  readonly groupId: string;
  /** All streams when left out. */
  readonly streams?: readonly string[];
  readonly from: number;
  readonly to: number;
}

/** Batches fetched at once. Each is at most 1 MiB of messages. */
const batchesAtOnce = 8;

/** Appends a call's events to their stream, in one row, and keeps the stream's figures. */
export async function appendEvents(
  tx: Tx,
  stream: LogStreamRow,
  { events, bytes }: Intake,
  now: number,
): Promise<void> {
  const first = events[0]?.[0];
  const last = events[events.length - 1]?.[0];
  if (first === undefined || last === undefined) return;
  const tables = tx.tables<LogsTables>();
  const number = stream.batches + 1;
  await tables
    .insertInto("logs_batch")
    .values({
      group_id: stream.group_id,
      stream: stream.name,
      number,
      first_event: first,
      last_event: last,
      ingested_at: now,
      bytes,
      events: JSON.stringify(events),
    })
    .execute();
  await tables
    .updateTable("logs_stream")
    .set({
      batches: number,
      bytes: stream.bytes + bytes,
      first_event: stream.first_event === 0 ? first : Math.min(stream.first_event, first),
      last_event: Math.max(stream.last_event, last),
      last_ingested: now,
    })
    .where("group_id", "=", stream.group_id)
    .where("name", "=", stream.name)
    .execute();
}

/** From when on a group's events are kept, epoch ms. */
export function keptFrom(group: LogGroup, now: number): number {
  return group.retention === undefined ? 0 : now - group.retention * day;
}

/**
 * The events in order of time, oldest first. Batches of a stream may overlap in time; as they are read in order of
 * their first events, whatever is older than the first event of the last batch read is complete and can be given out.
 */
export async function* eventsForward(rows: Rows, query: EventQuery): AsyncGenerator<ReadEvent> {
  let pending: ReadEvent[] = [];
  let after: Pick<LogBatchRow, "first_event" | "stream" | "number"> | undefined;
  for (;;) {
    const seen = after;
    const batches = await batchesOf(rows, query)
      .where("first_event", ">=", query.from - day)
      .$if(seen !== undefined, (select) =>
        select.where((row) =>
          row(
            row.refTuple("first_event", "stream", "number"),
            ">",
            row.tuple(seen?.first_event ?? 0, seen?.stream ?? "", seen?.number ?? 0),
          ),
        ),
      )
      .orderBy("first_event")
      .orderBy("stream")
      .orderBy("number")
      .limit(batchesAtOnce)
      .execute();
    after = batches[batches.length - 1];
    const complete = batches.length < batchesAtOnce;
    pending = pending.concat(batches.flatMap((batch) => eventsOf(batch, query)));
    pending.sort((a, b) => comparePositions(a.position, b.position));
    const bound = complete ? Number.POSITIVE_INFINITY : (after?.first_event ?? 0);
    const ready = pending.findIndex(({ position }) => position.timestamp >= bound);
    const given = ready < 0 ? pending : pending.slice(0, ready);
    pending = ready < 0 ? [] : pending.slice(ready);
    yield* given;
    if (complete) return;
  }
}

/** The events in order of time, newest first: as `eventsForward`, mirrored. */
export async function* eventsBackward(rows: Rows, query: EventQuery): AsyncGenerator<ReadEvent> {
  let pending: ReadEvent[] = [];
  let after: Pick<LogBatchRow, "last_event" | "stream" | "number"> | undefined;
  for (;;) {
    const seen = after;
    const batches = await batchesOf(rows, query)
      .where("last_event", "<=", query.to + day)
      .$if(seen !== undefined, (select) =>
        select.where((row) =>
          row(
            row.refTuple("last_event", "stream", "number"),
            "<",
            row.tuple(seen?.last_event ?? 0, seen?.stream ?? "", seen?.number ?? 0),
          ),
        ),
      )
      .orderBy("last_event", "desc")
      .orderBy("stream", "desc")
      .orderBy("number", "desc")
      .limit(batchesAtOnce)
      .execute();
    after = batches[batches.length - 1];
    const complete = batches.length < batchesAtOnce;
    pending = pending.concat(batches.flatMap((batch) => eventsOf(batch, query)));
    pending.sort((a, b) => comparePositions(b.position, a.position));
    const bound = complete ? -1 : (after?.last_event ?? 0);
    const ready = pending.findIndex(({ position }) => position.timestamp <= bound);
    const given = ready < 0 ? pending : pending.slice(0, ready);
    pending = ready < 0 ? [] : pending.slice(ready);
    yield* given;
    if (complete) return;
  }
}

/** The batches that may hold events of the query, in no order. */
function batchesOf(rows: Rows, { groupId, streams, from, to }: EventQuery) {
  return rows
    .tables<LogsTables>()
    .selectFrom("logs_batch")
    .selectAll()
    .where("group_id", "=", groupId)
    .$if(streams !== undefined, (select) => select.where("stream", "in", [...(streams ?? [])]))
    .where("first_event", "<=", to)
    .where("last_event", ">=", from);
}

function eventsOf(batch: LogBatchRow, { from, to }: EventQuery): ReadEvent[] {
  const stored = JSON.parse(batch.events) as readonly StoredEvent[];
  return stored.flatMap(([timestamp, message], index) =>
    timestamp < from || timestamp > to
      ? []
      : [
          {
            position: { timestamp, stream: batch.stream, number: batch.number, index },
            message,
            ingestedAt: batch.ingested_at,
          },
        ],
  );
}
