import type * as eventbridge from "@aws-sdk/client-eventbridge";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { busOf } from "../arn.ts";
import { describeBuses, needBus, onBus } from "../buses.ts";
import type { EventsPorts } from "../ports.ts";

/** One bus with its policy; the default one when none is named. */
export const describeEventBus = ({
  principals,
}: EventsPorts): ReadOperation<typeof eventbridge, "DescribeEventBus"> => ({
  name: "DescribeEventBus",
  authorise: onBus("events:DescribeEventBus"),
  async read(ctx, input) {
    const bus = await needBus(ctx.rows, busOf(input.Name, ctx));
    const [shown = {}] = await describeBuses(ctx.rows, principals, [bus]);
    return shown;
  },
});
