import type { AlarmMuteRuleStatus, Schedule } from "@aws-sdk/client-cloudwatch";
import type { AccountId, Region } from "../../../kernel/brand.ts";
import type { Tag } from "../../../kernel/tags.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import type { AlarmKey, MuteRuleKey } from "../arn.ts";
import type { CloudWatchScope } from "../scope.ts";
import type { MuteRuleRow, MuteRuleTables } from "./mute-rule-store.ts";
import { readMuteSchedule, windowEnds } from "./mute-schedule.ts";

interface MuteRuleDocument {
  readonly description?: string;
  readonly schedule: Schedule;
  /** Names of alarms. */
  readonly alarms: readonly string[];
  readonly tags: readonly Tag[];
  /** Epoch ms. */
  readonly startsAt?: number;
  readonly expiresAt?: number;
  readonly updatedAt: number;
}

/** At set times, the actions of some alarms are not called. */
export interface MuteRule extends MuteRuleDocument {
  readonly key: MuteRuleKey;
}

function ruleOfRow({ account, region, name, document }: MuteRuleRow): MuteRule {
  const key = { account: account as AccountId, region: region as Region, name };
  return { key, ...(JSON.parse(document) as MuteRuleDocument) };
}

export async function findMuteRule(
  rows: Rows,
  { account, region, name }: MuteRuleKey,
): Promise<MuteRule | undefined> {
  const row = await rows
    .tables<MuteRuleTables>()
    .selectFrom("cloudwatch_alarm_mute_rule")
    .selectAll()
    .where((is) => is.and({ account, region, name }))
    .executeTakeFirst();
  return row && ruleOfRow(row);
}

/** The rules of an account in a region, in order of their names. */
export async function muteRules(
  rows: Rows,
  { account, region }: CloudWatchScope,
): Promise<readonly MuteRule[]> {
  const found = await rows
    .tables<MuteRuleTables>()
    .selectFrom("cloudwatch_alarm_mute_rule")
    .selectAll()
    .where((is) => is.and({ account, region }))
    .orderBy("name")
    .execute();
  return found.map(ruleOfRow);
}

/** Writes a rule, new or changed. */
export async function keepMuteRule(tx: Tx, { key, ...document }: MuteRule): Promise<void> {
  const { account, region, name } = key;
  const values = { document: JSON.stringify(document) };
  await tx
    .tables<MuteRuleTables>()
    .insertInto("cloudwatch_alarm_mute_rule")
    .values({ account, region, name, ...values })
    .onConflict((conflict) => conflict.columns(["account", "region", "name"]).doUpdateSet(values))
    .execute();
}

/** Epoch ms until which a rule mutes its alarms; `undefined` when it does not mute them now. */
function mutesUntil(rule: MuteRule, now: number): number | undefined {
  const { startsAt = 0, expiresAt = Number.POSITIVE_INFINITY } = rule;
  if (now < startsAt || now >= expiresAt) return undefined;
  const ends = windowEnds(readMuteSchedule(rule.schedule), now);
  return ends === undefined ? undefined : Math.min(ends, expiresAt);
}

/** Epoch ms until which the actions of an alarm are not called; `undefined` when they are. */
export async function mutedUntil(rows: Rows, key: AlarmKey, now: number): Promise<number | undefined> {
  const ends = (await muteRules(rows, key))
    .filter(({ alarms }) => alarms.includes(key.name))
    .flatMap((rule) => mutesUntil(rule, now) ?? []);
  return ends.length === 0 ? undefined : Math.max(...ends);
}

/** Where a rule stands. */
export function statusOf(rule: MuteRule, now: number): AlarmMuteRuleStatus {
  if (mutesUntil(rule, now) !== undefined) return "ACTIVE";
  const { expiresAt, schedule } = rule;
  const over = expiresAt !== undefined && now >= expiresAt;
  return over || readMuteSchedule(schedule).begins.next(now, 0) === undefined ? "EXPIRED" : "SCHEDULED";
}
