import type * as eventbridge from "@aws-sdk/client-eventbridge";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { busOf } from "../arn.ts";
import { withoutPermission } from "../bus-policy.ts";
import { needBus, onEvents, writeBus } from "../buses.ts";
import { invalid } from "../faults.ts";

/** Takes a statement out of a bus's policy, or the whole policy away. */
export const removePermission: WriteOperation<typeof eventbridge, "RemovePermission"> = {
  name: "RemovePermission",
  authorise: onEvents("events:RemovePermission"),
  async commit(tx, ctx, input) {
    const { policy: current, ...bus } = await needBus(tx, busOf(input.EventBusName, ctx));
    if (input.RemoveAllPermissions === true) {
      await writeBus(tx, bus, ctx.now);
      return {};
    }
    if (input.StatementId === undefined)
      throw invalid("Parameter StatementId is not valid. Reason: it must be specified.");
    if (current === undefined)
      throw new Fault("ResourceNotFoundException", "EventBus does not have a policy.");
    const policy = withoutPermission(current, input.StatementId);
    if (policy === "unknown") {
      throw new Fault("ResourceNotFoundException", "Statement with the provided id does not exist.");
    }
    await writeBus(tx, { ...bus, ...(policy !== undefined && { policy }) }, ctx.now);
    return {};
  },
};
