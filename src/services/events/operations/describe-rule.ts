import type * as eventbridge from "@aws-sdk/client-eventbridge";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { needBus } from "../buses.ts";
import { describeRule as described, needRule, onRule, ruleKeyOf } from "../rules.ts";

/** One rule. */
export const describeRule: ReadOperation<typeof eventbridge, "DescribeRule"> = {
  name: "DescribeRule",
  authorise: onRule("events:DescribeRule"),
  async read(ctx, input) {
    const key = ruleKeyOf(input, ctx);
    await needBus(ctx.rows, key.bus);
    const rule = await needRule(ctx.rows, key);
    return { ...described(rule), CreatedBy: rule.createdBy };
  },
};
