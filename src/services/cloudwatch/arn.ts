import { isAccountId } from "../../kernel/account.ts";
import { formatArn, parseArn } from "../../kernel/arn.ts";
import type { AccountId, Arn } from "../../kernel/brand.ts";
import { isRegion } from "../../kernel/region.ts";
import type { CloudWatchScope } from "./scope.ts";

/** What names an alarm. Metric alarms and composite alarms share their names. */
export interface AlarmKey extends CloudWatchScope {
  readonly name: string;
}

/** `arn:aws:cloudwatch:<region>:<account>:alarm:<name>`. */
export function alarmArn({ account, region, name }: AlarmKey): Arn {
  return formatArn("cloudwatch", region, account, `alarm:${name}`);
}

/** Reads the ARN of an alarm; `undefined` when it is something else. */
export function parseAlarmArn(text: string): AlarmKey | undefined {
  const arn = parseArn(text);
  if (arn?.service !== "cloudwatch" || !isAccountId(arn.account) || !isRegion(arn.region)) return undefined;
  const prefix = "alarm:";
  if (!arn.resource.startsWith(prefix) || arn.resource === prefix) return undefined;
  return { account: arn.account, region: arn.region, name: arn.resource.slice(prefix.length) };
}

/** What names an alarm mute rule. */
export interface MuteRuleKey extends CloudWatchScope {
  readonly name: string;
}

/** `arn:aws:cloudwatch:<region>:<account>:alarm-mute-rule:<name>`. */
export function muteRuleArn({ account, region, name }: MuteRuleKey): Arn {
  return formatArn("cloudwatch", region, account, `alarm-mute-rule:${name}`);
}

/** Reads the ARN of an alarm mute rule; `undefined` when it is something else. */
export function parseMuteRuleArn(text: string): MuteRuleKey | undefined {
  const arn = parseArn(text);
  const name = /^alarm-mute-rule:(.+)$/.exec(arn?.resource ?? "")?.[1];
  if (arn?.service !== "cloudwatch" || !isAccountId(arn.account) || !isRegion(arn.region)) return undefined;
  return name === undefined ? undefined : { account: arn.account, region: arn.region, name };
}

/** `arn:aws:cloudwatch::<account>:dashboard/<name>`: dashboards have no region. */
export function dashboardArn(account: AccountId, name: string): Arn {
  return formatArn("cloudwatch", "", account, `dashboard/${name}`);
}

/** Reads the ARN of a dashboard; `undefined` when it is something else. */
export function parseDashboardArn(
  text: string,
): { readonly account: AccountId; readonly name: string } | undefined {
  const arn = parseArn(text);
  if (arn?.service !== "cloudwatch" || arn.region !== "" || !isAccountId(arn.account)) return undefined;
  const [, name] = /^dashboard\/(.+)$/.exec(arn.resource) ?? [];
  return name === undefined ? undefined : { account: arn.account, name };
}
