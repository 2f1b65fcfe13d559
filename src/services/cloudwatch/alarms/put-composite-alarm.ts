import type * as cloudwatch from "@aws-sdk/client-cloudwatch";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import type { Rows } from "../../../store/types.ts";
import { type AlarmKey, alarmArn } from "../arn.ts";
import { notServed, validation } from "../faults.ts";
import { findAlarm } from "./alarm.ts";
import { onAlarm } from "./authorise.ts";
import { alarmsOf, CompositeRuleError, parseCompositeRule } from "./composite-rule.ts";
import { nameIn } from "./evaluation-job.ts";
import { putAlarm, putAlarmContext } from "./put-alarm.ts";

const suppressing = [
  "ActionsSuppressor",
  "ActionsSuppressorWaitPeriod",
  "ActionsSuppressorExtensionPeriod",
  "ActionConfiguration",
] as const;

/** Makes an alarm on the states of other alarms, or changes one. */
export const putCompositeAlarm: WriteOperation<typeof cloudwatch, "PutCompositeAlarm"> = {
  name: "PutCompositeAlarm",
  authorise: (input, ctx) =>
    onAlarm("cloudwatch:PutCompositeAlarm", input.AlarmName, ctx, putAlarmContext(input)),
  async commit(tx, ctx, input) {
    for (const member of suppressing) if (input[member] !== undefined) throw notServed(member);
    const { AlarmName: name = "", AlarmRule: rule = "" } = input;
    await checkRule(tx, { account: ctx.account, region: ctx.region, name }, rule);
    await putAlarm(tx, ctx, input, { rule });
    return {};
  },
};

/** The rule can be read, names alarms that are there, and none that depends on this one. */
async function checkRule(rows: Rows, key: AlarmKey, rule: string): Promise<void> {
  const seen = new Set<string>();
  const look = async (text: string): Promise<void> => {
    for (const named of alarmsOf(parseCompositeRule(text))) {
      const name = nameIn(key, named);
      const alarm = name === undefined ? undefined : await findAlarm(rows, { ...key, name });
      if (name === key.name) throw validation(`AlarmRule must not depend on ${alarmArn(key)} itself.`);
      if (alarm === undefined)
        throw validation(`Could not save the composite alarm: the alarm ${named} does not exist.`);
      if (alarm.rule !== undefined && !seen.has(named)) {
        seen.add(named);
        await look(alarm.rule);
      }
    }
  };
  try {
    await look(rule);
  } catch (error) {
    if (error instanceof CompositeRuleError) throw validation(`AlarmRule cannot be read: ${error.message}`);
    throw error;
  }
}
