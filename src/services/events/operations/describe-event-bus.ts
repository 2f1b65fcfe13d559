import type * as eventbridge from "@aws-sdk/client-eventbridge";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { busArn, busOf } from "../arn.ts";
import { needBus, onBus } from "../buses.ts";

/** One bus with its policy; the default one when none is named. */
export const describeEventBus: ReadOperation<typeof eventbridge, "DescribeEventBus"> = {
  name: "DescribeEventBus",
  authorise: onBus("events:DescribeEventBus"),
  async read(ctx, input) {
    const bus = await needBus(ctx.rows, busOf(input.Name, ctx));
    return {
      Name: bus.name,
      Arn: busArn(bus),
      Description: bus.description,
      Policy: bus.policy,
      CreationTime: bus.createdAt === undefined ? undefined : new Date(bus.createdAt),
      LastModifiedTime: bus.modifiedAt === undefined ? undefined : new Date(bus.modifiedAt),
    };
  },
};
