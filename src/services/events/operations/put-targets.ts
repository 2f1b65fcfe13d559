import type * as eventbridge from "@aws-sdk/client-eventbridge";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { needBus } from "../buses.ts";
import { limitExceeded } from "../faults.ts";
import { passRole } from "../pass-role.ts";
import { needRule, onBusColumns, onRule, refuseManaged, ruleKeyOf } from "../rules.ts";
import type { EventsTables } from "../store.ts";
import { checkTarget, type KnownTarget, mostTargets, targetsOf } from "../targets.ts";

/** Adds targets to a rule, or replaces those of the same ids. */
export const putTargets: WriteOperation<typeof eventbridge, "PutTargets"> = {
  name: "PutTargets",
  authorise: async (input, ctx) => [
    ...(await onRule("events:PutTargets", {
      managed: true,
      context: () => ({ "events:TargetArn": input.Targets.map(({ Arn }) => Arn) }),
    })(input, ctx)),
    ...passRole(...input.Targets.map(({ RoleArn }) => RoleArn)),
  ],
  async commit(tx, ctx, input) {
    const key = ruleKeyOf(input, ctx);
    await needBus(tx, key.bus);
    refuseManaged(await needRule(tx, key), ctx);
    const targets: readonly KnownTarget[] = input.Targets;
    for (const target of targets) checkTarget(target, key);
    for (const target of targets) {
      const columns = { arn: target.Arn, document: JSON.stringify(target) };
      await tx
        .tables<EventsTables>()
        .insertInto("events_target")
        .values({ ...onBusColumns(key.bus), rule: key.name, id: target.Id, ...columns })
        .onConflict((conflict) =>
          conflict.columns(["account", "region", "bus", "rule", "id"]).doUpdateSet(columns),
        )
        .execute();
    }
    if ((await targetsOf(tx, key)).length > mostTargets) throw limitExceeded();
    return { FailedEntryCount: 0, FailedEntries: [] };
  },
};
