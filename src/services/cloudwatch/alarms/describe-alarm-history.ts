import type * as cloudwatch from "@aws-sdk/client-cloudwatch";
import type { AlarmType, HistoryItemType } from "@aws-sdk/client-cloudwatch";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { cutPage, readPageToken } from "../../../kernel/page.ts";
import { badNextToken } from "../faults.ts";
import type { AlarmTables } from "./alarm-store.ts";
import { onAlarms } from "./authorise.ts";

const defaultPage = 100;

/** What happened to alarms, the newest first. AWS: of metric alarms, unless types are named. */
export const describeAlarmHistory: ReadOperation<typeof cloudwatch, "DescribeAlarmHistory"> = {
  name: "DescribeAlarmHistory",
  authorise: ({ AlarmName }, ctx) =>
    onAlarms("cloudwatch:DescribeAlarmHistory", AlarmName === undefined ? undefined : [AlarmName], ctx),
  async read(ctx, input) {
    const { AlarmName, HistoryItemType, MaxRecords: limit = defaultPage } = input;
    const oldestFirst = input.ScanBy === "TimestampAscending";
    const types: readonly string[] = input.AlarmTypes ?? ["MetricAlarm"];
    const after = input.NextToken === undefined ? undefined : readPageToken(input.NextToken);
    if (input.NextToken !== undefined && after?.length !== 2) throw badNextToken();
    const [at = "", id = ""] = after ?? [];
    const beyond = oldestFirst ? ">" : "<";
    const rows = await ctx.rows
      .tables<AlarmTables>()
      .selectFrom("cloudwatch_alarm_history")
      .selectAll()
      .where("account", "=", ctx.account)
      .where("region", "=", ctx.region)
      .$if(types.length > 0, (select) => select.where("type", "in", types))
      .$if(AlarmName !== undefined, (select) => select.where("alarm", "=", AlarmName ?? ""))
      .$if(HistoryItemType !== undefined, (select) => select.where("kind", "=", HistoryItemType ?? ""))
      .$if(input.StartDate !== undefined, (select) =>
        select.where("at", ">=", input.StartDate?.getTime() ?? 0),
      )
      .$if(input.EndDate !== undefined, (select) => select.where("at", "<=", input.EndDate?.getTime() ?? 0))
      .$if(after !== undefined, (select) =>
        select.where(({ eb, or, and }) =>
          or([eb("at", beyond, Number(at)), and([eb("at", "=", Number(at)), eb("id", beyond, id)])]),
        ),
      )
      .orderBy("at", oldestFirst ? "asc" : "desc")
      .orderBy("id", oldestFirst ? "asc" : "desc")
      .limit(limit + 1)
      .execute();
    const page = cutPage(rows, limit, (row) => [String(row.at), row.id]);
    return {
      AlarmHistoryItems: page.rows.map((row) => ({
        AlarmName: row.alarm,
        AlarmType: row.type as AlarmType,
        Timestamp: new Date(row.at),
        HistoryItemType: row.kind as HistoryItemType,
        HistorySummary: row.summary,
        HistoryData: row.data,
      })),
      ...(page.next !== undefined && { NextToken: page.next }),
    };
  },
};
