import type * as eventbridge from "@aws-sdk/client-eventbridge";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { busOf } from "../arn.ts";
import { needBus, onEvents } from "../buses.ts";
import { pageOf, pageRequest } from "../paging.ts";
import { describeRule, onBusColumns, ruleOfRow } from "../rules.ts";
import type { EventsTables } from "../store.ts";

/** The rules of a bus in order of their names. */
export const listRules: ReadOperation<typeof eventbridge, "ListRules"> = {
  name: "ListRules",
  authorise: onEvents("events:ListRules"),
  async read(ctx, input) {
    const request = pageRequest(input);
    const bus = await needBus(ctx.rows, busOf(input.EventBusName, ctx));
    const prefix = input.NamePrefix ?? "";
    const rows = await ctx.rows
      .tables<EventsTables>()
      .selectFrom("events_rule")
      .selectAll()
      .where((is) => is.and(onBusColumns(bus)))
      .where("name", ">", request.after)
      .where("name", ">=", prefix)
      // Names are of letters, digits and a few signs, all of which come before this.
      .where("name", "<", `${prefix}\u{7f}`)
      .orderBy("name")
      .limit(request.limit + 1)
      .execute();
    const page = pageOf(rows, request, (row) => row.name);
    return { Rules: page.rows.map((row) => describeRule(ruleOfRow(row))), NextToken: page.NextToken };
  },
};
