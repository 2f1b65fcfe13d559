import type * as eventbridge from "@aws-sdk/client-eventbridge";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { needBus } from "../buses.ts";
import { needRule, onBusColumns, onRule, refuseManaged, ruleKeyOf } from "../rules.ts";
import type { EventsTables } from "../store.ts";

/** Takes targets off a rule. What is not there is reported as an entry that failed. */
export const removeTargets: WriteOperation<typeof eventbridge, "RemoveTargets"> = {
  name: "RemoveTargets",
  authorise: onRule("events:RemoveTargets", { managed: true }),
  async commit(tx, ctx, input) {
    const key = ruleKeyOf(input, ctx);
    await needBus(tx, key.bus);
    refuseManaged(await needRule(tx, key), ctx, input.Force);
    const failed: eventbridge.RemoveTargetsResultEntry[] = [];
    for (const id of new Set(input.Ids)) {
      const gone = await tx
        .tables<EventsTables>()
        .deleteFrom("events_target")
        .where((is) => is.and(onBusColumns(key.bus)))
        .where("rule", "=", key.name)
        .where("id", "=", id)
        .executeTakeFirst();
      if (gone.numDeletedRows > 0n) continue;
      failed.push({
        TargetId: id,
        ErrorCode: "ResourceNotFoundException",
        ErrorMessage: `Rule ${key.name} does not have a target with the Id ${id}.`,
      });
    }
    return { FailedEntryCount: failed.length, FailedEntries: failed };
  },
};
