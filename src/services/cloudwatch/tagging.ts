import type * as cloudwatch from "@aws-sdk/client-cloudwatch";
import type { Authorisation, ReadOperation, WriteOperation } from "../../dispatch/operation.ts";
import { type Tag, withoutTags } from "../../kernel/tags.ts";
import type { Rows, Tx } from "../../store/types.ts";
import { findAlarm, keepAlarm } from "./alarms/alarm.ts";
import { parseAlarmArn, parseDashboardArn, parseMuteRuleArn } from "./arn.ts";
import { findDashboard, keepDashboard } from "./dashboards/dashboard.ts";
import { resourceNotFound } from "./faults.ts";
import { findMuteRule, keepMuteRule } from "./mute-rules/mute-rule.ts";
import type { CloudWatchScope } from "./scope.ts";
import { readTags, tagContext } from "./tags.ts";

/** Something with tags: what it has, and how it gets others. */
interface Tagged {
  readonly tags: readonly Tag[];
  keep(tx: Tx, tags: readonly Tag[]): Promise<void>;
}

/** The alarm, the mute rule or the dashboard with an ARN; `undefined` when there is none. */
export async function findTagged(rows: Rows, arn: string): Promise<Tagged | undefined> {
  const alarmKey = parseAlarmArn(arn);
  const alarm = alarmKey === undefined ? undefined : await findAlarm(rows, alarmKey);
  if (alarm !== undefined) return { tags: alarm.tags, keep: (tx, tags) => keepAlarm(tx, { ...alarm, tags }) };
  const ruleKey = parseMuteRuleArn(arn);
  const rule = ruleKey && (await findMuteRule(rows, ruleKey));
  if (rule !== undefined) return { tags: rule.tags, keep: (tx, tags) => keepMuteRule(tx, { ...rule, tags }) };
  const named = parseDashboardArn(arn);
  const dashboard = named === undefined ? undefined : await findDashboard(rows, named.account, named.name);
  if (dashboard === undefined) return undefined;
  return { tags: dashboard.tags, keep: (tx, tags) => keepDashboard(tx, { ...dashboard, tags }) };
}

/** @throws Fault `ResourceNotFoundException`, also for what is of another account or region. */
async function needTagged(rows: Rows, arn: string, { account, region }: CloudWatchScope): Promise<Tagged> {
  const key = parseAlarmArn(arn) ?? parseMuteRuleArn(arn) ?? parseDashboardArn(arn);
  const own = key?.account === account && (!("region" in key) || key.region === region);
  const found = own ? await findTagged(rows, arn) : undefined;
  if (found === undefined) throw resourceNotFound(arn);
  return found;
}

const onResource = (action: string, arn: string | undefined, context?: Authorisation["context"]) => [
  { action, resource: arn ?? "*", ...(context !== undefined && { context }) },
];

export const listTagsForResource: ReadOperation<typeof cloudwatch, "ListTagsForResource"> = {
  name: "ListTagsForResource",
  authorise: ({ ResourceARN }) => onResource("cloudwatch:ListTagsForResource", ResourceARN),
  async read(ctx, { ResourceARN = "" }) {
    const { tags } = await needTagged(ctx.rows, ResourceARN, ctx);
    return { Tags: tags.map(({ key, value }) => ({ Key: key, Value: value })) };
  },
};

export const tagResource: WriteOperation<typeof cloudwatch, "TagResource"> = {
  name: "TagResource",
  authorise: ({ ResourceARN, Tags }) => onResource("cloudwatch:TagResource", ResourceARN, tagContext(Tags)),
  async commit(tx, ctx, { ResourceARN = "", Tags = [] }) {
    const tagged = await needTagged(tx, ResourceARN, ctx);
    await tagged.keep(tx, readTags(tagged.tags, Tags));
    await tx.bumpEpoch(ctx.account);
    return {};
  },
};

export const untagResource: WriteOperation<typeof cloudwatch, "UntagResource"> = {
  name: "UntagResource",
  authorise: ({ ResourceARN, TagKeys = [] }) =>
    onResource(
      "cloudwatch:UntagResource",
      ResourceARN,
      TagKeys.length > 0 ? { "aws:TagKeys": TagKeys } : undefined,
    ),
  async commit(tx, ctx, { ResourceARN = "", TagKeys = [] }) {
    const tagged = await needTagged(tx, ResourceARN, ctx);
    await tagged.keep(tx, withoutTags(tagged.tags, TagKeys));
    await tx.bumpEpoch(ctx.account);
    return {};
  },
};
