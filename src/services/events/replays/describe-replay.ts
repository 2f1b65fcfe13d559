import type * as eventbridge from "@aws-sdk/client-eventbridge";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { needReplay, onReplay, replayArn, showReplay } from "./replay.ts";

/** One replay, and how far it is. */
export const describeReplay: ReadOperation<typeof eventbridge, "DescribeReplay"> = {
  name: "DescribeReplay",
  authorise: onReplay("events:DescribeReplay"),
  async read(ctx, input) {
    const replay = await needReplay(ctx.rows, ctx, input.ReplayName);
    return {
      ...showReplay(replay),
      ReplayArn: replayArn(replay),
      Description: replay.description,
      Destination: replay.destination,
    };
  },
};
