import type * as eventbridge from "@aws-sdk/client-eventbridge";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { busArn, busOf } from "../arn.ts";
import { refuseBusSettings } from "../bus-settings.ts";
import { needBus, onBus, writeBus } from "../buses.ts";

/** Gives a bus another description. */
export const updateEventBus: WriteOperation<typeof eventbridge, "UpdateEventBus"> = {
  name: "UpdateEventBus",
  authorise: onBus("events:UpdateEventBus"),
  async commit(tx, ctx, input) {
    refuseBusSettings(input);
    const bus = await needBus(tx, busOf(input.Name, ctx));
    await writeBus(tx, { ...bus, description: input.Description }, ctx.now);
    return { Arn: busArn(bus), Name: bus.name, Description: input.Description };
  },
};
