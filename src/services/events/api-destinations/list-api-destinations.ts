import type * as eventbridge from "@aws-sdk/client-eventbridge";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { onEvents } from "../buses.ts";
import type { ConnectionTables } from "../connections/connection-store.ts";
import { pageOf, pageRequest } from "../paging.ts";
import { apiDestinationOfRow, showApiDestination } from "./api-destination.ts";

/** The API destinations of the account in this region, in order of their names. */
export const listApiDestinations: ReadOperation<typeof eventbridge, "ListApiDestinations"> = {
  name: "ListApiDestinations",
  authorise: onEvents("events:ListApiDestinations"),
  async read({ rows, account, region }, input) {
    const request = pageRequest(input);
    const { NamePrefix: prefix = "", ConnectionArn: connection } = input;
    let query = rows
      .tables<ConnectionTables>()
      .selectFrom("events_api_destination")
      .selectAll()
      .where("account", "=", account)
      .where("region", "=", region)
      .where("name", ">", request.after)
      .where("name", ">=", prefix)
      .where("name", "<", `${prefix}\u{7f}`);
    if (connection !== undefined) query = query.where("connection", "=", connection);
    const found = await query
      .orderBy("name")
      .limit(request.limit + 1)
      .execute();
    const page = pageOf(found, request, (row) => row.name);
    const shown = page.rows.map((row) => showApiDestination(rows, apiDestinationOfRow(row)));
    return { ApiDestinations: await Promise.all(shown), NextToken: page.NextToken };
  },
};
