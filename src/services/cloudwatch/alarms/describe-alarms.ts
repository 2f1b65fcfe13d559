import type * as cloudwatch from "@aws-sdk/client-cloudwatch";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { cutPage, pageAfter } from "../../../kernel/page.ts";
import { badNextToken, invalidCombination } from "../faults.ts";
import { type Alarm, alarmOfRow, apiCompositeAlarm, apiMetricAlarm, findAlarm } from "./alarm.ts";
import type { AlarmTables } from "./alarm-store.ts";
import { onAlarms } from "./authorise.ts";
import { alarmsOf, parseCompositeRule } from "./composite-rule.ts";
import { nameIn, namesAlarm } from "./evaluation-job.ts";

const defaultPage = 100;
/** Rows looked at for one page, as most filters are served by no index. */
const mostLookedAt = 2_000;

/** Lists alarms in order of their names. AWS: metric alarms only, unless types are named. */
export const describeAlarms: ReadOperation<typeof cloudwatch, "DescribeAlarms"> = {
  name: "DescribeAlarms",
  authorise: (input, ctx) => onAlarms("cloudwatch:DescribeAlarms", input.AlarmNames, ctx),
  async read(ctx, input) {
    const { AlarmNames: names, AlarmNamePrefix: prefix, MaxRecords: limit = defaultPage } = input;
    if (names !== undefined && names.length > 0 && prefix !== undefined)
      throw invalidCombination("AlarmNames and AlarmNamePrefix are mutually exclusive.");
    const related = await relatedAlarms(ctx.rows, ctx, input);
    const types: readonly string[] =
      input.AlarmTypes ?? (related === undefined ? ["MetricAlarm"] : bothTypes);
    const { after } = pageAfter(input.NextToken, limit, badNextToken);
    const rows = await ctx.rows
      .tables<AlarmTables>()
      .selectFrom("cloudwatch_alarm")
      .selectAll()
      .where("account", "=", ctx.account)
      .where("region", "=", ctx.region)
      .where("name", ">", after)
      .$if(types.length > 0, (select) => select.where("type", "in", types))
      .$if(names !== undefined && names.length > 0, (select) => select.where("name", "in", names ?? []))
      .$if(prefix !== undefined, (select) =>
        select.where("name", ">=", prefix ?? "").where("name", "<", `${prefix}\u{10ffff}`),
      )
      .$if(input.StateValue !== undefined, (select) => select.where("state", "=", input.StateValue ?? ""))
      .orderBy("name")
      .limit(mostLookedAt)
      .execute();
    const fits = (alarm: Alarm): boolean =>
      (related === undefined || related(alarm)) &&
      (input.ActionPrefix === undefined ||
        [...alarm.okActions, ...alarm.alarmActions, ...alarm.insufficientDataActions].some((action) =>
          action.startsWith(input.ActionPrefix ?? ""),
        ));
    const page = cutPage(rows.map(alarmOfRow).filter(fits), limit, ({ key }) => [key.name]);
    const last = rows.length === mostLookedAt ? rows.at(-1) : undefined;
    const next = page.next ?? (last && cutPage([last, last], 1, ({ name }) => [name]).next);
    return {
      MetricAlarms: page.rows.filter(({ rule }) => rule === undefined).map(apiMetricAlarm),
      CompositeAlarms: page.rows.filter(({ rule }) => rule !== undefined).map(apiCompositeAlarm),
      ...(next !== undefined && { NextToken: next }),
    };
  },
};

const bothTypes: readonly string[] = ["CompositeAlarm", "MetricAlarm"];

/** Which alarms are the children or the parents of the one that is named, where one is. */
async function relatedAlarms(
  rows: Parameters<typeof findAlarm>[0],
  scope: Omit<Alarm["key"], "name">,
  input: {
    readonly ChildrenOfAlarmName?: string | undefined;
    readonly ParentsOfAlarmName?: string | undefined;
  },
): Promise<((alarm: Alarm) => boolean) | undefined> {
  const { ChildrenOfAlarmName: parent, ParentsOfAlarmName: child } = input;
  const key = (name: string): Alarm["key"] => ({ account: scope.account, region: scope.region, name });
  if (parent !== undefined) {
    const rule = (await findAlarm(rows, key(parent)))?.rule;
    const named = rule === undefined ? [] : [...alarmsOf(parseCompositeRule(rule))];
    const children = new Set(named.map((one) => nameIn(scope, one)));
    return (alarm) => children.has(alarm.key.name);
  }
  return child === undefined ? undefined : (alarm) => namesAlarm(alarm, key(child));
}
