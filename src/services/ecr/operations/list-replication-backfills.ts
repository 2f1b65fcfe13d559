import type * as ecr from "@aws-sdk/client-ecr";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { cutPage } from "../../../kernel/page.ts";
import { registryOf } from "../arn.ts";
import { describeBackfill, keptSince, onBackfill, pageSize } from "../backfills/backfills.ts";
import type { BackfillTables } from "../backfills/store.ts";
import { invalidToken } from "../faults.ts";
import { readAfter } from "../images/list-images.ts";

/** The backfills of a registry, the newest first. */
export const listReplicationBackfills: ReadOperation<typeof ecr, "ListReplicationBackfills"> = {
  name: "ListReplicationBackfills",
  authorise: onBackfill("ecr:ListReplicationBackfills"),
  async read(ctx, input) {
    const registry = registryOf(input, ctx);
    const limit = pageSize(input.maxResults, 25, 50);
    const after = readAfter(input.nextToken, 2);
    let query = ctx.rows
      .tables<BackfillTables>()
      .selectFrom("ecr_backfill")
      .selectAll()
      .where("account", "=", registry.account)
      .where("region", "=", registry.region)
      .where((row) => row.or([row("ended_at", "is", null), row("ended_at", ">=", keptSince(ctx.now))]))
      .orderBy("started_at", "desc")
      .orderBy("id")
      .limit(limit + 1);
    if (after !== undefined) {
      const [started = "", id = ""] = after;
      if (!/^\d{1,15}$/.test(started)) throw invalidToken();
      const at = Number(started);
      query = query.where((row) =>
        row.or([row("started_at", "<", at), row.and([row("started_at", "=", at), row("id", ">", id)])]),
      );
    }
    const page = cutPage(await query.execute(), limit, (row) => [String(row.started_at), row.id]);
    return {
      registryId: registry.account,
      backfills: page.rows.map(describeBackfill),
      nextToken: page.next,
    };
  },
};
