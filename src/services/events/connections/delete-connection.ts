import type * as eventbridge from "@aws-sdk/client-eventbridge";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { changedConnection, needConnection, onConnection } from "./connection.ts";
import type { ConnectionTables } from "./connection-store.ts";
import { secretRemoval } from "./secret.ts";

/** Removes a connection, and its secret. API destinations that had it can no longer be called. */
export const deleteConnection: WriteOperation<typeof eventbridge, "DeleteConnection"> = {
  name: "DeleteConnection",
  authorise: onConnection("events:DeleteConnection"),
  async commit(tx, ctx, input) {
    const connection = await needConnection(tx, ctx, input.Name);
    const { account, region, name, secretArn } = connection;
    await tx
      .tables<ConnectionTables>()
      .deleteFrom("events_connection")
      .where("account", "=", account)
      .where("region", "=", region)
      .where("name", "=", name)
      .execute();
    if (secretArn !== undefined) await tx.enqueue(secretRemoval(connection, name, secretArn, ctx.now));
    return changedConnection({ ...connection, state: "DELETING" });
  },
};
