import type * as logs from "@aws-sdk/client-cloudwatch-logs";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { minute, second } from "../../../kernel/duration.ts";
import { logGroupOf, onLogGroup } from "../arn.ts";
import { eventsForward, keptFrom } from "../events.ts";
import { needLogGroup } from "../groups.ts";
import { fieldsOf } from "../insights/record.ts";

/** API Reference, "GetLogGroupFields": what is looked at around a time, or before now; and the fields told of. */
const aroundTime = 8 * minute;
const beforeNow = 15 * minute;
const mostFields = 1000;
/** (ours) Events that are looked at. */
const mostEvents = 5000;
const ownFields = ["@timestamp", "@message", "@ingestionTime", "@logStream", "@log"];

/** The fields that events of a group have, with how many of them in a hundred have each. */
export const getLogGroupFields: ReadOperation<typeof logs, "GetLogGroupFields"> = {
  name: "GetLogGroupFields",
  authorise: onLogGroup("logs:GetLogGroupFields"),
  async read(ctx, input) {
    const group = await needLogGroup(ctx.rows, logGroupOf(input, ctx));
    const around = input.time === undefined ? undefined : input.time * second;
    const from = around === undefined ? ctx.now - beforeNow : around - aroundTime;
    const to = around === undefined ? ctx.now : around + aroundTime;
    const query = { groupId: group.id, from: Math.max(from, keptFrom(group, ctx.now)), to };
    const counts = new Map<string, number>();
    let events = 0;
    for await (const { message } of eventsForward(ctx.rows, query)) {
      events++;
      for (const name of new Set(fieldsOf(message).map(([path]) => path))) {
        if (counts.size < mostFields || counts.has(name)) counts.set(name, (counts.get(name) ?? 0) + 1);
      }
      if (events === mostEvents) break;
    }
    const own = events === 0 ? [] : ownFields.map((name) => ({ name, percent: 100 }));
    const found = [...counts].map(([name, count]) => ({ name, percent: Math.round((100 * count) / events) }));
    return {
      logGroupFields: [...own, ...found.sort((a, b) => b.percent - a.percent)].slice(0, mostFields),
    };
  },
};
