import type * as logs from "@aws-sdk/client-cloudwatch-logs";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { logGroupOf, onLogs } from "../arn.ts";
import { invalidParameter, notServed } from "../faults.ts";
import { describeLogGroup, figuresOf, findLogGroup, type LogGroup, logGroupOfRow } from "../groups.ts";
import { pageOf, pageStart, prefixEnd } from "../paging.ts";
import type { LogsTables } from "../store.ts";

/** Rows looked at for one page of a search within names, which no index serves. */
const mostLookedAt = 5_000;

/** Lists log groups in order of their names: all, by prefix, by a part of the name, of a class, or those named. */
export const describeLogGroups: ReadOperation<typeof logs, "DescribeLogGroups"> = {
  name: "DescribeLogGroups",
  authorise: onLogs("logs:DescribeLogGroups"),
  async read(ctx, input) {
    const { logGroupNamePrefix: prefix, logGroupNamePattern: part, limit = 50 } = input;
    if (prefix !== undefined && part !== undefined) {
      throw invalidParameter(
        "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
      );
    }
    if (input.includeLinkedAccounts === true)
      throw notServed("Cross-account observability (includeLinkedAccounts)");
    const fits = (group: LogGroup): boolean =>
      (input.logGroupClass === undefined || group.class === input.logGroupClass) &&
      (part === undefined || group.name.toLowerCase().includes(part.toLowerCase()));

    if (input.logGroupIdentifiers !== undefined) {
      const named = input.logGroupIdentifiers.map((logGroupIdentifier) =>
        logGroupOf({ logGroupIdentifier }, ctx),
      );
      const found = await Promise.all(named.map((key) => findLogGroup(ctx.rows, key)));
      const groups = found.filter((group) => group !== undefined).filter(fits);
      const figures = await figuresOf(
        ctx.rows,
        groups.map(({ id }) => id),
      );
      return { logGroups: groups.map((group) => describeLogGroup(group, figures(group))) };
    }

    const [after = ""] = pageStart(input.nextToken);
    const end = prefixEnd(prefix ?? "");
    const searched = part !== undefined || input.logGroupClass !== undefined;
    const rows = await ctx.rows
      .tables<LogsTables>()
      .selectFrom("logs_group")
      .selectAll()
      .where("account", "=", ctx.account)
      .where("region", "=", ctx.region)
      .where("name", ">", after)
      .where("name", ">=", prefix ?? "")
      .$if(end !== undefined, (select) => select.where("name", "<", end ?? ""))
      .orderBy("name")
      .limit(searched ? mostLookedAt : limit + 1)
      .execute();
    const fitting = rows.map(logGroupOfRow).filter(fits);
    const page = pageOf(fitting.slice(0, limit + 1), limit, (group) => [group.name]);
    // A search that has not seen every name goes on where it stopped looking.
    const unseen = searched && rows.length === mostLookedAt && page.nextToken === undefined;
    const last = rows[rows.length - 1];
    const nextToken = unseen && last !== undefined ? pageTokenAfter(last.name) : page.nextToken;
    const figures = await figuresOf(
      ctx.rows,
      page.rows.map(({ id }) => id),
    );
    return {
      logGroups: page.rows.map((group) => describeLogGroup(group, figures(group))),
      nextToken,
    };
  },
};

const pageTokenAfter = (name: string) => pageOf([name, name], 1, (key) => [key]).nextToken;
