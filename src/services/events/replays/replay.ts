import type { ReplayDestination, ReplayState, Replay as ShownReplay } from "@aws-sdk/client-eventbridge";
import type { AuthoriseContext, CallContext } from "../../../dispatch/context.ts";
import type { Authorisation } from "../../../dispatch/operation.ts";
import { formatArn } from "../../../kernel/arn.ts";
import type { Arn } from "../../../kernel/brand.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import type { ArchiveKey } from "../archives/archive.ts";
import type { ArchiveTables, ReplayRow } from "../archives/archive-store.ts";
import { replayNotFound } from "../faults.ts";

/** What names a replay. */
export type ReplayKey = ArchiveKey;

/** What a replay has besides its key, its state and its archive. All times are epoch ms. */
export interface ReplayDocument {
  readonly description?: string | undefined;
  readonly archiveId: string;
  readonly destination: ReplayDestination;
  /** Of the events: from here… */
  readonly from: number;
  /** …until before here. */
  readonly until: number;
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly stateReason?: string;
  /** The event that was sent last. */
  readonly last?: { readonly time: number; readonly id: string };
}

/** Events of an archive on their way back to the bus. */
export interface Replay extends ReplayKey, ReplayDocument {
  readonly state: ReplayState;
  /** The archive's ARN. */
  readonly source: string;
}

/** `arn:aws:events:<region>:<account>:replay/<name>`. */
export function replayArn({ account, region, name }: ReplayKey): Arn {
  return formatArn("events", region, account, `replay/${name}`);
}

/** Reads a row. */
export function replayOfRow(row: ReplayRow): Replay {
  const { account, region, name, state, source, document } = row;
  const key = { account, region, name } as ReplayKey;
  return { ...key, state: state as ReplayState, source, ...JSON.parse(document) };
}

/** The replay, or `undefined`. */
export async function findReplay(rows: Rows, key: ReplayKey): Promise<Replay | undefined> {
  const row = await rows
    .tables<ArchiveTables>()
    .selectFrom("events_replay")
    .selectAll()
    .where("account", "=", key.account)
    .where("region", "=", key.region)
    .where("name", "=", key.name)
    .executeTakeFirst();
  return row && replayOfRow(row);
}

/** The replay of the caller's that has the name. Throws `ResourceNotFoundException`. */
export async function needReplay(rows: Rows, ctx: CallContext, name: string): Promise<Replay> {
  const found = await findReplay(rows, { account: ctx.account, region: ctx.region, name });
  if (found === undefined) throw replayNotFound(name);
  return found;
}

/** Writes a replay whole. */
export async function writeReplay(tx: Tx, replay: Replay): Promise<void> {
  const { account, region, name, state, source, ...document } = replay;
  const columns = { state, source, document: JSON.stringify(document) };
  await tx
    .tables<ArchiveTables>()
    .insertInto("events_replay")
    .values({ account, region, name, ...columns })
    .onConflict((conflict) => conflict.columns(["account", "region", "name"]).doUpdateSet(columns))
    .execute();
}

/** Asks for an action on the replay that the input names. */
export function onReplay(
  action: string,
): (input: { readonly ReplayName: string }, ctx: AuthoriseContext) => readonly Authorisation[] {
  return ({ ReplayName: name }, { account, region }) => [
    { action, resource: replayArn({ account, region, name }) },
  ];
}

/** What ListReplays shows. */
export function showReplay(replay: Replay): ShownReplay {
  const { endedAt, last } = replay;
  return {
    ReplayName: replay.name,
    EventSourceArn: replay.source,
    State: replay.state,
    StateReason: replay.stateReason,
    EventStartTime: new Date(replay.from),
    EventEndTime: new Date(replay.until),
    EventLastReplayedTime: last && new Date(last.time),
    ReplayStartTime: new Date(replay.startedAt),
    ReplayEndTime: endedAt === undefined ? undefined : new Date(endedAt),
  };
}
