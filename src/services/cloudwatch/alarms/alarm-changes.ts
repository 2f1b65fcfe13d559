import type * as cloudwatch from "@aws-sdk/client-cloudwatch";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { validation } from "../faults.ts";
import { type Alarm, findAlarm, type keepAlarm, needAlarm } from "./alarm.ts";
import type { AlarmTables } from "./alarm-store.ts";
import { onAlarm, onAlarms } from "./authorise.ts";
import { changeStanding, configureAlarm } from "./change.ts";

/** AWS: one call deletes all of these alarms or, where one of them is not there, none. */
export const deleteAlarms: WriteOperation<typeof cloudwatch, "DeleteAlarms"> = {
  name: "DeleteAlarms",
  authorise: ({ AlarmNames }, ctx) => onAlarms("cloudwatch:DeleteAlarms", AlarmNames, ctx),
  async commit(tx, ctx, { AlarmNames = [] }) {
    const alarms: Alarm[] = [];
    for (const name of new Set(AlarmNames)) alarms.push(await needAlarm(tx, { ...scopeOf(ctx), name }));
    if (alarms.filter(({ rule }) => rule !== undefined).length > 1)
      throw validation("One call can delete no more than one composite alarm.");
    for (const alarm of alarms) {
      const { account, region, name } = alarm.key;
      await tx
        .tables<AlarmTables>()
        .deleteFrom("cloudwatch_alarm")
        .where("account", "=", account)
        .where("region", "=", region)
        .where("name", "=", name)
        .execute();
      await configureAlarm(tx, ctx, alarm, "Delete");
    }
    return {};
  },
};

/** Sets the state of an alarm until it is looked at next: its actions follow, so they can be tried. */
export const setAlarmState: WriteOperation<typeof cloudwatch, "SetAlarmState"> = {
  name: "SetAlarmState",
  authorise: ({ AlarmName }, ctx) => onAlarm("cloudwatch:SetAlarmState", AlarmName, ctx),
  async commit(tx, ctx, input) {
    const {
      AlarmName: name = "",
      StateValue: value = "OK",
      StateReason: reason = "",
      StateReasonData: data,
    } = input;
    const alarm = await needAlarm(tx, { ...scopeOf(ctx), name });
    if (data !== undefined && !isJson(data))
      throw new Fault("InvalidFormatFault", "StateReasonData must be valid JSON.");
    await changeStanding(tx, ctx, alarm, { value, reason, ...(data !== undefined && { reasonData: data }) });
    return {};
  },
};

/** Lets the actions of alarms be called again. AWS: names of alarms that are not there are ignored. */
export const enableAlarmActions: WriteOperation<typeof cloudwatch, "EnableAlarmActions"> = {
  name: "EnableAlarmActions",
  authorise: ({ AlarmNames }, ctx) => onAlarms("cloudwatch:EnableAlarmActions", AlarmNames, ctx),
  async commit(tx, ctx, { AlarmNames = [] }) {
    await switchActions(tx, ctx, AlarmNames, true);
    return {};
  },
};

/** Keeps the actions of alarms from being called. */
export const disableAlarmActions: WriteOperation<typeof cloudwatch, "DisableAlarmActions"> = {
  name: "DisableAlarmActions",
  authorise: ({ AlarmNames }, ctx) => onAlarms("cloudwatch:DisableAlarmActions", AlarmNames, ctx),
  async commit(tx, ctx, { AlarmNames = [] }) {
    await switchActions(tx, ctx, AlarmNames, false);
    return {};
  },
};

async function switchActions(
  tx: Parameters<typeof keepAlarm>[0],
  ctx: Parameters<typeof configureAlarm>[1],
  names: readonly string[],
  actionsEnabled: boolean,
): Promise<void> {
  for (const name of new Set(names)) {
    const alarm = await findAlarm(tx, { ...scopeOf(ctx), name });
    if (alarm === undefined || alarm.actionsEnabled === actionsEnabled) continue;
    await configureAlarm(tx, ctx, { ...alarm, actionsEnabled, configuredAt: ctx.now }, "Update");
  }
}

const scopeOf = ({ account, region }: Alarm["key"] | Parameters<typeof configureAlarm>[1]) => ({
  account,
  region,
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
