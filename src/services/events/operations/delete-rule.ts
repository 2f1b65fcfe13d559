import type * as eventbridge from "@aws-sdk/client-eventbridge";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { needBus } from "../buses.ts";
import { invalid } from "../faults.ts";
import { findRule, onBusColumns, onRule, refuseManaged, ruleKeyOf } from "../rules.ts";
import type { EventsTables } from "../store.ts";
import { targetsOf } from "../targets.ts";

/** Removes a rule that has no targets. AWS: a rule that is not there is removed just as well. */
export const deleteRule: WriteOperation<typeof eventbridge, "DeleteRule"> = {
  name: "DeleteRule",
  authorise: onRule("events:DeleteRule", { managed: true }),
  async commit(tx, ctx, input) {
    const key = ruleKeyOf(input, ctx);
    await needBus(tx, key.bus);
    const rule = await findRule(tx, key);
    if (rule === undefined) return {};
    refuseManaged(rule, ctx, input.Force);
    if ((await targetsOf(tx, key)).length > 0) throw invalid("Rule can't be deleted since it has targets.");
    await tx
      .tables<EventsTables>()
      .deleteFrom("events_rule")
      .where((is) => is.and(onBusColumns(key.bus)))
      .where("name", "=", key.name)
      .execute();
    // What was cached of its tags must not outlive it.
    if (rule.tags.length > 0) await tx.bumpEpoch(key.bus.account);
    return {};
  },
};
