import type * as eventbridge from "@aws-sdk/client-eventbridge";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { uuid } from "../../../kernel/ids.ts";
import { needRule, onRule, refuseManaged, ruleKeyOf, writeRule } from "../rules.ts";

/** Keeps a rule from matching until it is enabled again. */
export const disableRule: WriteOperation<typeof eventbridge, "DisableRule"> = {
  name: "DisableRule",
  authorise: onRule("events:DisableRule", { managed: true }),
  async commit(tx, ctx, input) {
    const known = await needRule(tx, ruleKeyOf(input, ctx));
    refuseManaged(known, ctx);
    if (known.enabled === false) return {};
    const rule = { ...known, enabled: false, revision: uuid(ctx.random), since: ctx.now };
    await writeRule(tx, rule);

    return {};
  },
};
