import type * as cloudwatch from "@aws-sdk/client-cloudwatch";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import type { Rows } from "../../../store/types.ts";
import { type AlarmKey, alarmArn } from "../arn.ts";
import { notServed, validation } from "../faults.ts";
import { readTags, tagContext } from "../tags.ts";
import { checkActions } from "./actions.ts";
import { findAlarm, typeOf, unchecked } from "./alarm.ts";
import { onAlarm } from "./authorise.ts";
import { configureAlarm } from "./change.ts";
import { alarmsOf, CompositeRuleError, parseCompositeRule } from "./composite-rule.ts";
import { evaluationJob, nameIn } from "./evaluation-job.ts";
import { actionContext } from "./put-metric-alarm.ts";

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
    onAlarm("cloudwatch:PutCompositeAlarm", input.AlarmName, ctx, {
      ...tagContext(input.Tags),
      ...actionContext(input),
    }),
  async commit(tx, ctx, input) {
    const { AlarmName: name = "", AlarmRule: rule = "", ActionsEnabled = true } = input;
    for (const member of suppressing) if (input[member] !== undefined) throw notServed(member);
    const actions = {
      okActions: input.OKActions ?? [],
      alarmActions: input.AlarmActions ?? [],
      insufficientDataActions: input.InsufficientDataActions ?? [],
    };
    checkActions(Object.values(actions).flat());
    const key = { account: ctx.account, region: ctx.region, name };
    await checkRule(tx, key, rule);
    const have = await findAlarm(tx, key);
    if (have !== undefined && typeOf(have) !== "CompositeAlarm")
      throw validation(`The alarm ${name} is a metric alarm.`);
    const alarm = {
      key,
      description: input.AlarmDescription,
      actionsEnabled: ActionsEnabled,
      ...actions,
      configuredAt: ctx.now,
      standing: have?.standing ?? unchecked(ctx.now),
      // AWS: tags of an alarm that is there are changed by TagResource only.
      tags: have?.tags ?? readTags([], input.Tags ?? []),
      rule,
    };
    await configureAlarm(tx, ctx, alarm, have === undefined ? "Create" : "Update");
    await tx.enqueue(evaluationJob(key, ctx.now));
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
