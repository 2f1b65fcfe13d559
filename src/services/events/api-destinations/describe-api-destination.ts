import type * as eventbridge from "@aws-sdk/client-eventbridge";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { needApiDestination, onApiDestination, showApiDestination } from "./api-destination.ts";

/** One API destination. */
export const describeApiDestination: ReadOperation<typeof eventbridge, "DescribeApiDestination"> = {
  name: "DescribeApiDestination",
  authorise: onApiDestination("events:DescribeApiDestination", { connection: true }),
  async read(ctx, input) {
    const destination = await needApiDestination(ctx.rows, ctx, input.Name);
    return { ...(await showApiDestination(ctx.rows, destination)), Description: destination.description };
  },
};
