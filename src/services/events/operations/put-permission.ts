import type * as eventbridge from "@aws-sdk/client-eventbridge";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { busOf } from "../arn.ts";
import { keptPolicy, withPermission } from "../bus-policy.ts";
import { needBus, onEvents, writeBus } from "../buses.ts";
import { invalid } from "../faults.ts";
import type { EventsPorts } from "../ports.ts";

/** Lets others send events to a bus: by a whole policy, or by one statement of it. */
export const putPermission = ({
  principals,
}: EventsPorts): WriteOperation<typeof eventbridge, "PutPermission"> => ({
  name: "PutPermission",
  authorise: onEvents("events:PutPermission"),
  async commit(tx, ctx, input) {
    const bus = await needBus(tx, busOf(input.EventBusName, ctx));
    const { Policy, Action, Principal, StatementId, Condition } = input;
    if (Policy !== undefined) {
      await writeBus(tx, { ...bus, policy: await keptPolicy(tx, principals, Policy) }, ctx.now);
      return {};
    }
    if (Action === undefined || Principal === undefined || StatementId === undefined) {
      throw invalid("Parameters Action, Principal and StatementId must be specified, or Policy.");
    }
    const permission = { action: Action, principal: Principal, statementId: StatementId };
    const policy = withPermission(bus.policy, bus, {
      ...permission,
      ...(Condition !== undefined && { condition: Condition }),
    });
    await writeBus(tx, { ...bus, policy }, ctx.now);
    return {};
  },
});
