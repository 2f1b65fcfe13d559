import type * as eventbridge from "@aws-sdk/client-eventbridge";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { busOf } from "../arn.ts";
import { needBus, onEvents } from "../buses.ts";
import { pageOf, pageRequest } from "../paging.ts";
import { onBusColumns } from "../rules.ts";
import type { EventsTables } from "../store.ts";

/** The rules of a bus that send to a target, by their names. */
export const listRuleNamesByTarget: ReadOperation<typeof eventbridge, "ListRuleNamesByTarget"> = {
  name: "ListRuleNamesByTarget",
  authorise: onEvents("events:ListRuleNamesByTarget"),
  async read(ctx, input) {
    const request = pageRequest(input);
    const bus = await needBus(ctx.rows, busOf(input.EventBusName, ctx));
    const rows = await ctx.rows
      .tables<EventsTables>()
      .selectFrom("events_target")
      .select("rule")
      .distinct()
      .where((is) => is.and(onBusColumns(bus)))
      .where("arn", "=", input.TargetArn)
      .where("rule", ">", request.after)
      .orderBy("rule")
      .limit(request.limit + 1)
      .execute();
    const page = pageOf(rows, request, ({ rule }) => rule);
    return { RuleNames: page.rows.map(({ rule }) => rule), NextToken: page.NextToken };
  },
};
