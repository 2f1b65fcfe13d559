import type * as logs from "@aws-sdk/client-cloudwatch-logs";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { onLogs } from "../arn.ts";
import { pageOf, pageStart } from "../paging.ts";
import type { LogsTables } from "../store.ts";

/** Lists the resource policies of the account in this region. There are none of single resources. */
export const describeResourcePolicies: ReadOperation<typeof logs, "DescribeResourcePolicies"> = {
  name: "DescribeResourcePolicies",
  authorise: onLogs("logs:DescribeResourcePolicies"),
  async read(ctx, input) {
    if (input.resourceArn !== undefined || input.policyScope === "RESOURCE") return { resourcePolicies: [] };
    const { limit = 50 } = input;
    const [after = ""] = pageStart(input.nextToken);
    const rows = await ctx.rows
      .tables<LogsTables>()
      .selectFrom("logs_resource_policy")
      .selectAll()
      .where("account", "=", ctx.account)
      .where("region", "=", ctx.region)
      .where("name", ">", after)
      .orderBy("name")
      .limit(limit + 1)
      .execute();
    const page = pageOf(rows, limit, (row) => [row.name]);
    return {
      resourcePolicies: page.rows.map((row) => ({
        policyName: row.name,
        policyDocument: row.document,
        lastUpdatedTime: row.updated_at,
        policyScope: "ACCOUNT",
      })),
      nextToken: page.nextToken,
    };
  },
};
