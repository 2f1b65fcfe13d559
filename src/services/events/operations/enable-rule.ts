import type * as eventbridge from "@aws-sdk/client-eventbridge";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { uuid } from "../../../kernel/ids.ts";
import { needRule, onRule, refuseManaged, ruleKeyOf, writeRule } from "../rules.ts";
import { nextScheduleJob } from "../schedule/schedule-job.ts";

/** Lets a rule match again; its schedule counts from now. */
export const enableRule: WriteOperation<typeof eventbridge, "EnableRule"> = {
  name: "EnableRule",
  authorise: onRule("events:EnableRule", { managed: true }),
  async commit(tx, ctx, input) {
    const known = await needRule(tx, ruleKeyOf(input, ctx));
    refuseManaged(known, ctx);
    if (known.enabled === true) return {};
    const rule = { ...known, enabled: true, revision: uuid(ctx.random), since: ctx.now };
    await writeRule(tx, rule);
    const next = nextScheduleJob(rule, ctx.now);
    if (next !== undefined) await tx.enqueue(next);
    return {};
  },
};
