import type * as eventbridge from "@aws-sdk/client-eventbridge";
import type { CallContext } from "../../../dispatch/context.ts";
import type { InputOf, WriteOperation } from "../../../dispatch/operation.ts";
import type { Tx } from "../../../store/types.ts";
import { type Archive, busOfArchive, findArchive, parseArchiveArn } from "../archives/archive.ts";
import type { ArchiveTables } from "../archives/archive-store.ts";
import { type BusKey, busArn, parseBusArn, parseRuleArn } from "../arn.ts";
import { needBus } from "../buses.ts";
import { existsAlready, invalid, limitExceeded } from "../faults.ts";
import { findRule } from "../rules.ts";
import { findReplay, type Replay, replayArn, writeReplay } from "./replay.ts";
import { replayJob } from "./replaying.ts";

/** EventBridge quotas: replays under way in an account and region. */
const mostReplays = 10;

type Input = InputOf<typeof eventbridge, "StartReplay">;

/** Sends events of an archive to the bus that they came from once more, to all of its rules or to some. */
export const startReplay: WriteOperation<typeof eventbridge, "StartReplay"> = {
  name: "StartReplay",
  authorise: (input, { account, region }) => {
    const action = "events:StartReplay";
    return [
      { action, resource: replayArn({ account, region, name: input.ReplayName }) },
      { action, resource: input.EventSourceArn },
      { action, resource: input.Destination.Arn ?? "*" },
    ];
  },
  async commit(tx, ctx, input) {
    const { archive, bus } = await check(tx, ctx, input);
    const key = { account: ctx.account, region: ctx.region, name: input.ReplayName };
    if ((await findReplay(tx, key)) !== undefined) throw existsAlready(`Replay ${key.name}`);
    const { count } = await tx
      .tables<ArchiveTables>()
      .selectFrom("events_replay")
      .select(({ fn }) => fn.countAll<number | string>().as("count"))
      .where("account", "=", key.account)
      .where("region", "=", key.region)
      .where("state", "in", ["STARTING", "RUNNING", "CANCELLING"])
      .executeTakeFirstOrThrow();
    if (Number(count) >= mostReplays) throw limitExceeded();
    const replay: Replay = {
      ...key,
      state: "STARTING",
      source: input.EventSourceArn,
      archiveId: archive.id,
      description: input.Description,
      destination: { ...input.Destination, Arn: busArn(bus) },
      from: input.EventStartTime.getTime(),
      until: input.EventEndTime.getTime(),
      startedAt: ctx.now,
    };
    await writeReplay(tx, replay);
    await tx.enqueue(replayJob(replay));
    return { ReplayArn: replayArn(key), State: "STARTING", ReplayStartTime: new Date(ctx.now) };
  },
};

async function check(
  tx: Tx,
  ctx: CallContext,
  input: Input,
): Promise<{ readonly archive: Archive; readonly bus: BusKey }> {
  const { EventSourceArn: source, Destination: destination } = input;
  const bus = parseBusArn(destination.Arn ?? "");
  if (bus === undefined) {
    throw invalid("Parameter Destination.Arn is not valid. Reason: Must contain an event bus ARN.");
  }
  await needBus(tx, bus);
  const key = parseArchiveArn(source);
  const own = key?.account === ctx.account && key.region === ctx.region ? key : undefined;
  const archive = own && (await findArchive(tx, own));
  if (archive === undefined) {
    const name = key?.name ?? source;
    throw invalid(`Parameter EventSourceArn is not valid. Reason: Archive ${name} does not exist.`);
  }
  if (busArn(bus) !== busArn(busOfArchive(archive))) {
    throw invalid("Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted.");
  }
  if (input.EventStartTime >= input.EventEndTime) {
    throw invalid("Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime.");
  }
  for (const arn of destination.FilterArns ?? []) {
    const rule = parseRuleArn(arn);
    const known = rule !== undefined && busArn(rule.bus) === busArn(bus) && (await findRule(tx, rule));
    if (!known) {
      // Ours: AWS's words are not recorded.
      throw invalid(
        `Parameter Destination.FilterArns is not valid. Reason: ${arn} is no rule on the event bus.`,
      );
    }
  }
  return { archive, bus };
}
