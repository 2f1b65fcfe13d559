import type * as cloudwatch from "@aws-sdk/client-cloudwatch";
import type { CallContext } from "../../../dispatch/context.ts";
import type { Authorisation, ReadOperation, WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { cutPage, pageAfter } from "../../../kernel/page.ts";
import { findAlarm } from "../alarms/alarm.ts";
import { onAlarm } from "../alarms/authorise.ts";
import { evaluationJob } from "../alarms/evaluation-job.ts";
import { muteRuleArn } from "../arn.ts";
import { badNextToken, resourceNotFound, validation } from "../faults.ts";
import { readTags, tagContext } from "../tags.ts";
import { findMuteRule, keepMuteRule, type MuteRule, muteRules, statusOf } from "./mute-rule.ts";
import type { MuteRuleTables } from "./mute-rule-store.ts";
import { readMuteSchedule } from "./mute-schedule.ts";

/** Rules of an account and region. Ours: AWS publishes no quota. */
const mostRules = 1_000;
const mostAlarms = 100;
const defaultPage = 50;

const onRule = (
  action: string,
  name: string | undefined,
  { account, region }: CallContext,
  context?: Authorisation["context"],
): Authorisation => ({
  action: `cloudwatch:${action}`,
  resource: muteRuleArn({ account, region, name: name ?? "*" }),
  ...(context !== undefined && { context }),
});

/** Has the actions of alarms not called at set times. */
export const putAlarmMuteRule: WriteOperation<typeof cloudwatch, "PutAlarmMuteRule"> = {
  name: "PutAlarmMuteRule",
  authorise: ({ Name, MuteTargets, Tags }, ctx) => [
    onRule("PutAlarmMuteRule", Name, ctx, tagContext(Tags)),
    ...(MuteTargets?.AlarmNames ?? []).flatMap((name) =>
      onAlarm("cloudwatch:PutAlarmMuteRule", name, ctx, tagContext(Tags)),
    ),
  ],
  async commit(tx, ctx, input) {
    const { Name: name = "", Rule, MuteTargets, StartDate, ExpireDate } = input;
    const key = { account: ctx.account, region: ctx.region, name };
    const schedule = Rule?.Schedule;
    if (schedule === undefined) throw validation("The parameter Rule.Schedule is required.");
    readMuteSchedule(schedule);
    const alarms = [...new Set(MuteTargets?.AlarmNames ?? [])];
    if (alarms.length > mostAlarms)
      throw validation(`A mute rule can have no more than ${mostAlarms} alarms.`);
    for (const alarm of alarms) {
      if ((await findAlarm(tx, { ...key, name: alarm })) === undefined)
        throw validation(`There is no alarm of the name ${alarm}.`);
    }
    const startsAt = StartDate?.getTime();
    const expiresAt = ExpireDate?.getTime();
    if (expiresAt !== undefined && expiresAt <= (startsAt ?? ctx.now))
      throw validation("ExpireDate must be in the future and after StartDate.");
    const before = await findMuteRule(tx, key);
    if (before === undefined && (await muteRules(tx, key)).length >= mostRules)
      throw new Fault("LimitExceededFault", `There can be no more than ${mostRules} alarm mute rules.`);
    await keepMuteRule(tx, {
      key,
      ...(input.Description !== undefined && { description: input.Description }),
      schedule,
      alarms,
      tags: before?.tags ?? readTags([], input.Tags ?? []),
      ...(startsAt !== undefined && { startsAt }),
      ...(expiresAt !== undefined && { expiresAt }),
      updatedAt: ctx.now,
    });
    // Those that it mutes no more are looked at.
    for (const alarm of before?.alarms ?? [])
      await tx.enqueue(evaluationJob({ ...key, name: alarm }, ctx.now));
    return {};
  },
};

/** AWS: a rule that is not there is gone; what it has muted is called. */
export const deleteAlarmMuteRule: WriteOperation<typeof cloudwatch, "DeleteAlarmMuteRule"> = {
  name: "DeleteAlarmMuteRule",
  authorise: ({ AlarmMuteRuleName }, ctx) => [onRule("DeleteAlarmMuteRule", AlarmMuteRuleName, ctx)],
  async commit(tx, ctx, { AlarmMuteRuleName: name = "" }) {
    const { account, region } = ctx;
    const rule = await findMuteRule(tx, { account, region, name });
    if (rule === undefined) return {};
    await tx
      .tables<MuteRuleTables>()
      .deleteFrom("cloudwatch_alarm_mute_rule")
      .where((is) => is.and({ account, region, name }))
      .execute();
    for (const alarm of rule.alarms)
      await tx.enqueue(evaluationJob({ account, region, name: alarm }, ctx.now));
    return {};
  },
};

export const getAlarmMuteRule: ReadOperation<typeof cloudwatch, "GetAlarmMuteRule"> = {
  name: "GetAlarmMuteRule",
  authorise: ({ AlarmMuteRuleName }, ctx) => [onRule("GetAlarmMuteRule", AlarmMuteRuleName, ctx)],
  async read(ctx, { AlarmMuteRuleName: name = "" }) {
    const key = { account: ctx.account, region: ctx.region, name };
    const rule = await findMuteRule(ctx.rows, key);
    if (rule === undefined) throw resourceNotFound(muteRuleArn(key));
    return {
      ...summaryOf(rule, ctx.now),
      Name: name,
      Description: rule.description,
      Rule: { Schedule: rule.schedule },
      MuteTargets: { AlarmNames: [...rule.alarms] },
      ...(rule.startsAt !== undefined && { StartDate: new Date(rule.startsAt) }),
    };
  },
};

/** The rules in order of their names. */
export const listAlarmMuteRules: ReadOperation<typeof cloudwatch, "ListAlarmMuteRules"> = {
  name: "ListAlarmMuteRules",
  authorise: (_input, ctx) => [onRule("ListAlarmMuteRules", undefined, ctx)],
  async read(ctx, { AlarmName, Statuses = [], MaxRecords: limit = defaultPage, NextToken: token }) {
    const { after } = pageAfter(token, limit, badNextToken);
    const found = (await muteRules(ctx.rows, ctx)).filter(
      (rule) =>
        rule.key.name > after &&
        (AlarmName === undefined || rule.alarms.includes(AlarmName)) &&
        (Statuses.length === 0 || Statuses.includes(statusOf(rule, ctx.now))),
    );
    const { rows, next } = cutPage(found.slice(0, limit + 1), limit, ({ key }) => [key.name]);
    return {
      AlarmMuteRuleSummaries: rows.map((rule) => summaryOf(rule, ctx.now)),
      ...(next !== undefined && { NextToken: next }),
    };
  },
};

function summaryOf(rule: MuteRule, now: number): cloudwatch.AlarmMuteRuleSummary {
  return {
    AlarmMuteRuleArn: muteRuleArn(rule.key),
    ...(rule.expiresAt !== undefined && { ExpireDate: new Date(rule.expiresAt) }),
    Status: statusOf(rule, now),
    MuteType: readMuteSchedule(rule.schedule).type,
    LastUpdatedTimestamp: new Date(rule.updatedAt),
  };
}
