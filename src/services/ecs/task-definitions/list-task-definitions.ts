import type * as ecs from "@aws-sdk/client-ecs";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { cutPage } from "../../../kernel/page.ts";
import { taskDefinitionArn } from "../arn.ts";
import { pageSize, readAfter } from "../paging.ts";
import type { TaskDefinitionTables } from "./task-definition-store.ts";

/** API Reference: a page has at most a hundred. */
const largestPage = 100;

/** ARNs of revisions, by family and number; of one family when it is named whole. */
export const listTaskDefinitions: ReadOperation<typeof ecs, "ListTaskDefinitions"> = {
  name: "ListTaskDefinitions",
  authorise: () => [{ action: "ecs:ListTaskDefinitions", resource: "*" }],
  async read(ctx, { familyPrefix, status = "ACTIVE", sort = "ASC", maxResults, nextToken }) {
    const limit = pageSize(maxResults, largestPage);
    const after = readAfter(nextToken, 2);
    const direction = sort === "DESC" ? "desc" : "asc";
    const beyond = sort === "DESC" ? "<" : ">";
    let query = ctx.rows
      .tables<TaskDefinitionTables>()
      .selectFrom("ecs_task_definition")
      .select(["family", "revision"])
      .where("account", "=", ctx.account)
      .where("region", "=", ctx.region)
      .where("status", "=", status)
      .orderBy("family", direction)
      .orderBy("revision", direction)
      .limit(limit + 1);
    if (familyPrefix !== undefined && familyPrefix !== "") query = query.where("family", "=", familyPrefix);
    if (after !== undefined) {
      const [family = "", revision = "0"] = after;
      query = query.where((eb) =>
        eb.or([
          eb("family", beyond, family),
          eb.and([eb("family", "=", family), eb("revision", beyond, Number(revision))]),
        ]),
      );
    }
    const { rows, next } = cutPage(await query.execute(), limit, (row) => [row.family, String(row.revision)]);
    return {
      taskDefinitionArns: rows.map((row) => taskDefinitionArn(ctx, row.family, row.revision)),
      ...(next !== undefined && { nextToken: next }),
    };
  },
};
