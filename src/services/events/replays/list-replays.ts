import type * as eventbridge from "@aws-sdk/client-eventbridge";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import type { ArchiveTables } from "../archives/archive-store.ts";
import { onEvents } from "../buses.ts";
import { pageOf, pageRequest } from "../paging.ts";
import { replayOfRow, showReplay } from "./replay.ts";

/** The replays of the account in this region, in order of their names. */
export const listReplays: ReadOperation<typeof eventbridge, "ListReplays"> = {
  name: "ListReplays",
  authorise: onEvents("events:ListReplays"),
  async read({ rows, account, region }, input) {
    const request = pageRequest(input);
    const { NamePrefix: prefix = "", EventSourceArn: source, State: state } = input;
    let query = rows
      .tables<ArchiveTables>()
      .selectFrom("events_replay")
      .selectAll()
      .where("account", "=", account)
      .where("region", "=", region)
      .where("name", ">", request.after)
      .where("name", ">=", prefix)
      .where("name", "<", `${prefix}\u{7f}`);
    if (source !== undefined) query = query.where("source", "=", source);
    if (state !== undefined) query = query.where("state", "=", state);
    const found = await query
      .orderBy("name")
      .limit(request.limit + 1)
      .execute();
    const page = pageOf(found, request, (row) => row.name);
    return { Replays: page.rows.map((row) => showReplay(replayOfRow(row))), NextToken: page.NextToken };
  },
};
