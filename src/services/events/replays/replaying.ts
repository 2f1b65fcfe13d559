import type { InternalOperation } from "../../../dispatch/operation.ts";
import type { Job, Jobs, NewJob, Tx } from "../../../store/types.ts";
import { type ArchivedEvent, archiveById, keptFrom, parseArchiveArn } from "../archives/archive.ts";
import type { ArchivedEventRow, ArchiveTables } from "../archives/archive-store.ts";
import { type BusKey, parseBusArn } from "../arn.ts";
import { findBus } from "../buses.ts";
import { eventsPrincipal } from "../delivery.ts";
import { routeEvent } from "../routing.ts";
import { findReplay, type Replay, type ReplayKey, replayArn, writeReplay } from "./replay.ts";

/** The queue of replays that have events to send. */
const replayQueue = "events.replays";

/** Events sent in one transaction. */
const atOnce = 50;

/** The next step of a replay. */
export function replayJob(replay: Replay): NewJob {
  const { account, region, name, startedAt } = replay;
  const payload = { name, startedAt };
  return { queue: replayQueue, key: `${replayArn(replay)} ${startedAt}`, account, region, payload };
}

/** Sends some events of a replay to its bus, arranges the next step; ends its job in the same transaction. */
const advanceReplay = ({
  jobs,
}: {
  readonly jobs: Jobs;
}): InternalOperation<{ readonly job: Job }, undefined, boolean> => ({
  service: "events",
  name: "AdvanceReplay",
  onlyFor: eventsPrincipal,
  unrecorded: true,
  // Bookkeeping of the service in its own tables: AWS knows no permission for it.
  authorise: () => [],
  async commit(tx, ctx, { job }) {
    if (!(await jobs.finish(tx, job))) return false;
    const { name, startedAt } = job.payload as { readonly name: string; readonly startedAt: number };
    const key: ReplayKey = { account: job.account, region: job.region, name };
    const replay = await findReplay(tx, key);
    if (replay?.startedAt !== startedAt) return true;
    if (replay.state === "CANCELLING") return ended(tx, { ...replay, state: "CANCELLED" }, ctx.now);
    const bus = parseBusArn(replay.destination.Arn ?? "");
    if (bus === undefined || (await findBus(tx, bus)) === undefined) {
      return ended(tx, { ...replay, state: "FAILED", stateReason: "The event bus is gone." }, ctx.now);
    }
    const events = await nextEvents(tx, replay, ctx.now);
    if (events === undefined) {
      return ended(tx, { ...replay, state: "FAILED", stateReason: "The archive is gone." }, ctx.now);
    }
    for (const { document } of events) await send(tx, replay, bus, JSON.parse(document), ctx.now);
    const at = events[events.length - 1];
    const last = at === undefined ? replay.last : { time: at.event_time, id: at.event_id };
    const further: Replay = { ...replay, ...(last !== undefined && { last }), state: "RUNNING" };
    if (events.length < atOnce) return ended(tx, { ...further, state: "COMPLETED" }, ctx.now);
    await writeReplay(tx, further);
    await tx.enqueue(replayJob(further));
    return true;
  },
});

async function ended(tx: Tx, replay: Replay, now: number): Promise<true> {
  await writeReplay(tx, { ...replay, endedAt: now });
  return true;
}

/** The events that come next; `undefined` when the archive is gone. */
async function nextEvents(
  tx: Tx,
  replay: Replay,
  now: number,
): Promise<readonly ArchivedEventRow[] | undefined> {
  const key = parseArchiveArn(replay.source);
  const archive = key && (await archiveById(tx, key, replay.archiveId));
  if (archive === undefined) return undefined;
  const { last, from, until } = replay;
  return tx
    .tables<ArchiveTables>()
    .selectFrom("events_archived")
    .selectAll()
    .where("archive_id", "=", archive.id)
    .where("kept_at", ">=", keptFrom(archive, now))
    .where("event_time", ">=", last?.time ?? from)
    .where("event_time", "<", until)
    .where(({ or, eb }) => or([eb("event_time", ">", last?.time ?? -1), eb("event_id", ">", last?.id ?? "")]))
    .orderBy("event_time")
    .orderBy("event_id")
    .limit(atOnce)
    .execute();
}

/** AWS: a replayed event is the event itself, with the replay's name. */
async function send(tx: Tx, replay: Replay, bus: BusKey, kept: ArchivedEvent, now: number): Promise<void> {
  const { event, forwarded } = kept;
  const { FilterArns: only } = replay.destination;
  const arrival = { receivedAt: now, forwarded, ...(only !== undefined && only.length > 0 && { only }) };
  await routeEvent(tx, bus, { ...event, "replay-name": replay.name }, arrival);
}

/** What EventBridge does with replays. */
export function replaySchedule(ports: { readonly jobs: Jobs }) {
  return { queue: replayQueue, servicePrincipal: eventsPrincipal, conclude: advanceReplay(ports) };
}
