import type * as eventbridge from "@aws-sdk/client-eventbridge";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import type { EventsPorts } from "../ports.ts";
import {
  type ApiDestination,
  changedApiDestination,
  checkEndpoint,
  needApiDestination,
  onApiDestination,
  writeApiDestination,
} from "./api-destination.ts";

/** Changes what the call names of an API destination. */
export const updateApiDestination = ({
  plainHttpEndpoints,
}: EventsPorts): WriteOperation<typeof eventbridge, "UpdateApiDestination"> => ({
  name: "UpdateApiDestination",
  authorise: onApiDestination("events:UpdateApiDestination"),
  async commit(tx, ctx, input) {
    const was = await needApiDestination(tx, ctx, input.Name);
    await checkEndpoint(tx, ctx, input, plainHttpEndpoints);
    const destination: ApiDestination = {
      ...was,
      connection: input.ConnectionArn ?? was.connection,
      endpoint: input.InvocationEndpoint ?? was.endpoint,
      method: input.HttpMethod ?? was.method,
      rate: input.InvocationRateLimitPerSecond ?? was.rate,
      description: input.Description ?? was.description,
      modifiedAt: ctx.now,
    };
    await writeApiDestination(tx, destination);
    return changedApiDestination(tx, destination);
  },
});
