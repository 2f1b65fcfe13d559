import type * as eventbridge from "@aws-sdk/client-eventbridge";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { replayNotRunning } from "../faults.ts";
import { needReplay, onReplay, replayArn, writeReplay } from "./replay.ts";

/** Has a replay send no more events. */
export const cancelReplay: WriteOperation<typeof eventbridge, "CancelReplay"> = {
  name: "CancelReplay",
  authorise: onReplay("events:CancelReplay"),
  async commit(tx, ctx, input) {
    const replay = await needReplay(tx, ctx, input.ReplayName);
    if (replay.state !== "STARTING" && replay.state !== "RUNNING") throw replayNotRunning(replay.name);
    await writeReplay(tx, { ...replay, state: "CANCELLING" });
    return { ReplayArn: replayArn(replay), State: "CANCELLING" };
  },
};
