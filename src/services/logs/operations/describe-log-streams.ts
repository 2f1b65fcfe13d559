import type * as logs from "@aws-sdk/client-cloudwatch-logs";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { logGroupOf, onLogGroup } from "../arn.ts";
import { badNextToken, invalidParameter } from "../faults.ts";
import { needLogGroup } from "../groups.ts";
import { pageOf, pageStart, prefixEnd } from "../paging.ts";
import type { LogsTables } from "../store.ts";
import { describeLogStream } from "../streams.ts";

/** Lists the streams of a group, by name or by the time of their last events. */
export const describeLogStreams: ReadOperation<typeof logs, "DescribeLogStreams"> = {
  name: "DescribeLogStreams",
  authorise: onLogGroup("logs:DescribeLogStreams"),
  async read(ctx, input) {
    const { logStreamNamePrefix: prefix, orderBy = "LogStreamName", limit = 50 } = input;
    const byTime = orderBy === "LastEventTime";
    if (byTime && prefix !== undefined) {
      throw invalidParameter("Cannot order by LastEventTime with a logStreamNamePrefix.");
    }
    const group = await needLogGroup(ctx.rows, logGroupOf(input, ctx));
    const descending = input.descending === true;
    const order = descending ? "desc" : "asc";
    const beyond = descending ? "<" : ">";
    const [name, time] = pageStart(input.nextToken);
    const lastEvent = Number(time ?? 0);
    if (name !== undefined && byTime !== (time !== undefined)) throw badNextToken();
    if (!Number.isSafeInteger(lastEvent)) throw badNextToken();

    const end = prefixEnd(prefix ?? "");
    const streams = ctx.rows
      .tables<LogsTables>()
      .selectFrom("logs_stream")
      .selectAll()
      .where("group_id", "=", group.id)
      .where("name", ">=", prefix ?? "")
      .$if(end !== undefined, (select) => select.where("name", "<", end ?? ""))
      .limit(limit + 1);
    const rows = byTime
      ? await streams
          .$if(name !== undefined, (select) =>
            select.where((row) =>
              row(row.refTuple("last_event", "name"), beyond, row.tuple(lastEvent, name ?? "")),
            ),
          )
          .orderBy("last_event", order)
          .orderBy("name", order)
          .execute()
      : await streams
          .$if(name !== undefined, (select) => select.where("name", beyond, name ?? ""))
          .orderBy("name", order)
          .execute();
    const page = pageOf(rows, limit, (row) => (byTime ? [row.name, String(row.last_event)] : [row.name]));
    return {
      logStreams: page.rows.map((row) => describeLogStream(group, row)),
      nextToken: page.nextToken,
    };
  },
};
