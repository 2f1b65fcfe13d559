import type * as eventbridge from "@aws-sdk/client-eventbridge";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { needBus } from "../buses.ts";
import { pageOf, pageRequest } from "../paging.ts";
import { needRule, onRule, ruleKeyOf } from "../rules.ts";
import { targetsOf } from "../targets.ts";

/** The targets of a rule, of which there are few. */
export const listTargetsByRule: ReadOperation<typeof eventbridge, "ListTargetsByRule"> = {
  name: "ListTargetsByRule",
  authorise: onRule("events:ListTargetsByRule"),
  async read(ctx, input) {
    const key = ruleKeyOf(input, ctx);
    await needBus(ctx.rows, key.bus);
    await needRule(ctx.rows, key);
    const request = pageRequest(input);
    const rest = (await targetsOf(ctx.rows, key)).filter(({ Id }) => Id > request.after);
    const page = pageOf(rest.slice(0, request.limit + 1), request, (target) => target.Id);
    return { Targets: [...page.rows], NextToken: page.NextToken };
  },
};
