import type * as eventbridge from "@aws-sdk/client-eventbridge";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { onEvents } from "../buses.ts";
import { pageOf, pageRequest } from "../paging.ts";
import { connectionOfRow, showConnection } from "./connection.ts";
import type { ConnectionTables } from "./connection-store.ts";

/** The connections of the account in this region, in order of their names. */
export const listConnections: ReadOperation<typeof eventbridge, "ListConnections"> = {
  name: "ListConnections",
  authorise: onEvents("events:ListConnections"),
  async read({ rows, account, region }, input) {
    const request = pageRequest(input);
    const { NamePrefix: prefix = "", ConnectionState: state } = input;
    let query = rows
      .tables<ConnectionTables>()
      .selectFrom("events_connection")
      .selectAll()
      .where("account", "=", account)
      .where("region", "=", region)
      .where("name", ">", request.after)
      .where("name", ">=", prefix)
      .where("name", "<", `${prefix}\u{7f}`);
    if (state !== undefined) query = query.where("state", "=", state);
    const found = await query
      .orderBy("name")
      .limit(request.limit + 1)
      .execute();
    const page = pageOf(found, request, (row) => row.name);
    return {
      Connections: page.rows.map((row) => showConnection(connectionOfRow(row))),
      NextToken: page.NextToken,
    };
  },
};
