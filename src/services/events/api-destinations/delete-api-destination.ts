import type * as eventbridge from "@aws-sdk/client-eventbridge";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import type { ConnectionTables } from "../connections/connection-store.ts";
import { needApiDestination, onApiDestination } from "./api-destination.ts";

/** Removes an API destination. Targets that name it stay, and fail. */
export const deleteApiDestination: WriteOperation<typeof eventbridge, "DeleteApiDestination"> = {
  name: "DeleteApiDestination",
  authorise: onApiDestination("events:DeleteApiDestination"),
  async commit(tx, ctx, input) {
    const { account, region, name } = await needApiDestination(tx, ctx, input.Name);
    await tx
      .tables<ConnectionTables>()
      .deleteFrom("events_api_destination")
      .where("account", "=", account)
      .where("region", "=", region)
      .where("name", "=", name)
      .execute();
    return {};
  },
};
