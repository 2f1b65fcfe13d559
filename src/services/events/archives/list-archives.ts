import type * as eventbridge from "@aws-sdk/client-eventbridge";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { onEvents } from "../buses.ts";
import { pageOf, pageRequest } from "../paging.ts";
import { archiveOfRow, showArchive, sourceBus } from "./archive.ts";
import type { ArchiveTables } from "./archive-store.ts";

/** The archives of the account in this region, in order of their names. */
export const listArchives: ReadOperation<typeof eventbridge, "ListArchives"> = {
  name: "ListArchives",
  authorise: onEvents("events:ListArchives"),
  async read(ctx, input) {
    const { rows, account, region, now } = ctx;
    const request = pageRequest(input);
    const { NamePrefix: prefix = "", EventSourceArn: source, State: state } = input;
    // Every archive is enabled.
    if (state !== undefined && state !== "ENABLED") return { Archives: [] };
    let query = rows
      .tables<ArchiveTables>()
      .selectFrom("events_archive")
      .selectAll()
      .where("account", "=", account)
      .where("region", "=", region)
      .where("name", ">", request.after)
      .where("name", ">=", prefix)
      .where("name", "<", `${prefix}\u{7f}`);
    if (source !== undefined) query = query.where("bus", "=", sourceBus(source, ctx).name);
    const found = await query
      .orderBy("name")
      .limit(request.limit + 1)
      .execute();
    const page = pageOf(found, request, (row) => row.name);
    const shown = page.rows.map((row) => showArchive(rows, archiveOfRow(row), now));
    return { Archives: await Promise.all(shown), NextToken: page.NextToken };
  },
};
