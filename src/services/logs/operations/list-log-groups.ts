import type * as logs from "@aws-sdk/client-cloudwatch-logs";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { logGroupArn, onLogs } from "../arn.ts";
import { invalidParameter, notServed } from "../faults.ts";
import { logGroupOfRow } from "../groups.ts";
import { pageOf, pageStart } from "../paging.ts";
import type { LogsTables } from "../store.ts";

/**
 * Lists log groups by a part of their names and by class.
 * AWS: a pattern is up to five parts of names with `|` between them; one with `^` before it begins the name.
 */
export const listLogGroups: ReadOperation<typeof logs, "ListLogGroups"> = {
  name: "ListLogGroups",
  authorise: onLogs("logs:ListLogGroups"),
  async read(ctx, input) {
    if (input.includeLinkedAccounts === true) {
      throw notServed("Cross-account observability (includeLinkedAccounts)");
    }
    if (input.dataSources !== undefined || input.fieldIndexNames !== undefined) {
      throw invalidParameter("dataSources and fieldIndexNames are not served here.");
    }
    const { logGroupNamePattern: pattern, logGroupClass, logGroupTags = [], limit = 50 } = input;
    const parts = pattern?.toLowerCase().split("|");
    const [after = ""] = pageStart(input.nextToken);
    const rows = await ctx.rows
      .tables<LogsTables>()
      .selectFrom("logs_group")
      .selectAll()
      .where("account", "=", ctx.account)
      .where("region", "=", ctx.region)
      .where("name", ">", after)
      .orderBy("name")
      .execute();
    const found = rows.map(logGroupOfRow).filter((group) => {
      const name = group.name.toLowerCase();
      const named =
        parts?.some((part) =>
          part.startsWith("^") ? name.startsWith(part.slice(1)) : name.includes(part),
        ) ?? true;
      const tagged = logGroupTags.every(({ key, values = [] }) =>
        group.tags.some((tag) => tag.key === key && (values.length === 0 || values.includes(tag.value))),
      );
      return named && tagged && (logGroupClass === undefined || group.class === logGroupClass);
    });
    const { rows: page, nextToken } = pageOf(found.slice(0, limit + 1), limit, ({ name }) => [name]);
    return {
      logGroups: page.map((group) => ({
        logGroupName: group.name,
        logGroupArn: logGroupArn(group),
        logGroupClass: group.class,
      })),
      ...(nextToken !== undefined && { nextToken }),
    };
  },
};
