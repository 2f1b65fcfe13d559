import type * as ecr from "@aws-sdk/client-ecr";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { cutPage, type Page } from "../../../kernel/page.ts";
import type { Rows } from "../../../store/types.ts";
import { registryOf } from "../arn.ts";
import { describeBackfill, needBackfill, onBackfill, pageSize } from "../backfills/backfills.ts";
import { unfinished } from "../backfills/plan.ts";
import type { BackfillItemRow, BackfillRow, BackfillTables } from "../backfills/store.ts";
import { invalidParameter } from "../faults.ts";
import { readAfter } from "../images/list-images.ts";

const resultStatuses: readonly string[] = ["COMPLETE", "FAILED"];

/** A backfill and, once it has ended, what became of each image and tag. */
export const describeReplicationBackfillResults: ReadOperation<
  typeof ecr,
  "DescribeReplicationBackfillResults"
> = {
  name: "DescribeReplicationBackfillResults",
  authorise: onBackfill("ecr:DescribeReplicationBackfillResults"),
  async read(ctx, input) {
    const registry = registryOf(input, ctx);
    const limit = pageSize(input.maxResults, 100, 1000);
    const filter = input.resultStatusFilter;
    if (filter !== undefined && !resultStatuses.includes(filter)) {
      throw invalidParameter("resultStatusFilter", "Member must satisfy enum value set: [COMPLETE, FAILED]");
    }
    const after = readAfter(input.nextToken, 3);
    const row = await needBackfill(ctx.rows, registry, input.replicationBackfillId, ctx.now);
    const described = { ...describeBackfill(row), registryId: registry.account };
    if (unfinished.includes(row.status)) return described;
    const page = await resultPage(ctx.rows, row, filter, limit, after);
    return { ...described, results: page.rows.map(describeResult), nextToken: page.next };
  },
};

async function resultPage(
  rows: Rows,
  backfill: BackfillRow,
  filter: ecr.ReplicationBackfillResultStatus | undefined,
  limit: number,
  after: readonly string[] | undefined,
): Promise<Page<BackfillItemRow>> {
  let query = rows
    .tables<BackfillTables>()
    .selectFrom("ecr_backfill_item")
    .selectAll()
    .where("account", "=", backfill.account)
    .where("region", "=", backfill.region)
    .where("backfill_id", "=", backfill.id)
    .where("status", "in", filter === undefined ? ["COMPLETE", "FAILED"] : [filter])
    .orderBy("repository")
    .orderBy("digest")
    .orderBy("tag")
    .limit(limit + 1);
  if (after !== undefined) {
    const [repository = "", digest = "", tag = ""] = after;
    query = query.where((row) =>
      row.or([
        row("repository", ">", repository),
        row.and([row("repository", "=", repository), row("digest", ">", digest)]),
        row.and([row("repository", "=", repository), row("digest", "=", digest), row("tag", ">", tag)]),
      ]),
    );
  }
  return cutPage(await query.execute(), limit, (row) => [row.repository, row.digest, row.tag]);
}

function describeResult(item: BackfillItemRow): ecr.ReplicationBackfillResult {
  return {
    repositoryName: item.repository,
    imageId: { imageDigest: item.digest, imageTag: item.tag === "" ? undefined : item.tag },
    status: item.status === "COMPLETE" ? "COMPLETE" : "FAILED",
    failureCode: item.failure_code ?? undefined,
  };
}
