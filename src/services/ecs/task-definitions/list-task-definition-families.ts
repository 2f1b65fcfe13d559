import type * as ecs from "@aws-sdk/client-ecs";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { cutPage } from "../../../kernel/page.ts";
import { pageSize, readAfter } from "../paging.ts";
import type { TaskDefinitionTables } from "./task-definition-store.ts";

/** API Reference: a page has at most a hundred. */
const largestPage = 100;

/** Above every character of a family's name. */
const endOfPrefix = "\u{7f}";

/** Names of families in order. ACTIVE are those with an active revision, INACTIVE those with none but inactive ones. */
export const listTaskDefinitionFamilies: ReadOperation<typeof ecs, "ListTaskDefinitionFamilies"> = {
  name: "ListTaskDefinitionFamilies",
  authorise: () => [{ action: "ecs:ListTaskDefinitionFamilies", resource: "*" }],
  async read(ctx, { familyPrefix = "", status = "ALL", maxResults, nextToken }) {
    const limit = pageSize(maxResults, largestPage);
    const after = readAfter(nextToken, 1);
    const tables = ctx.rows.tables<TaskDefinitionTables>();
    const revisions = (wanted: readonly string[]) =>
      tables
        .selectFrom("ecs_task_definition")
        .select("family")
        .where("account", "=", ctx.account)
        .where("region", "=", ctx.region)
        .where("status", "in", wanted);
    const wanted = { ACTIVE: ["ACTIVE"], INACTIVE: ["INACTIVE"], ALL: ["ACTIVE", "INACTIVE"] }[status];
    let query = revisions(wanted)
      .distinct()
      .where("family", ">", after?.[0] ?? "")
      .where("family", ">=", familyPrefix)
      .where("family", "<", familyPrefix + endOfPrefix)
      .orderBy("family")
      .limit(limit + 1);
    if (status === "INACTIVE") query = query.where("family", "not in", revisions(["ACTIVE"]));
    const { rows, next } = cutPage(await query.execute(), limit, ({ family }) => [family]);
    return { families: rows.map(({ family }) => family), ...(next !== undefined && { nextToken: next }) };
  },
};
