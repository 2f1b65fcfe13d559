import type * as logs from "@aws-sdk/client-cloudwatch-logs";
import type { Tag } from "../../kernel/tags.ts";
import type { Rows, Tx } from "../../store/types.ts";
import { type LogGroupKey, logGroupArn } from "./arn.ts";
import { logGroupNotFound } from "./faults.ts";
import { metricFilterCounts } from "./filters/filter-store.ts";
import type { LogGroupRow, LogsTables } from "./store.ts";

/** What a log group has besides its name. */
export interface LogGroupDocument {
  readonly class: logs.LogGroupClass;
  readonly deletionProtected: boolean;
  /** Days; for ever when absent. */
  readonly retention?: number;
  readonly tags: readonly Tag[];
}

/** A log group. */
export interface LogGroup extends LogGroupKey, LogGroupDocument {
  readonly id: string;
  /** Epoch ms. */
  readonly createdAt: number;
}

/** Reads a row. */
export function logGroupOfRow(row: LogGroupRow): LogGroup {
  const { account, region, name, id, created_at: createdAt, document } = row;
  return { ...({ account, region, name } as LogGroupKey), id, createdAt, ...JSON.parse(document) };
}

/** The group, or `undefined`. */
export async function findLogGroup(rows: Rows, key: LogGroupKey): Promise<LogGroup | undefined> {
  const row = await rows
    .tables<LogsTables>()
    .selectFrom("logs_group")
    .selectAll()
    .where("account", "=", key.account)
    .where("region", "=", key.region)
    .where("name", "=", key.name)
    .executeTakeFirst();
  return row && logGroupOfRow(row);
}

/** The group. Throws `ResourceNotFoundException`. */
export async function needLogGroup(rows: Rows, key: LogGroupKey): Promise<LogGroup> {
  const group = await findLogGroup(rows, key);
  if (group === undefined) throw logGroupNotFound();
  return group;
}

/** Changes what a group has. A change of tags can alter decisions, so the account's epoch is bumped by the caller. */
export async function changeLogGroup(
  tx: Tx,
  group: LogGroup,
  change: Partial<{ [K in keyof LogGroupDocument]: LogGroupDocument[K] | undefined }>,
): Promise<void> {
  await tx
    .tables<LogsTables>()
    .updateTable("logs_group")
    .set({ document: logGroupDocument({ ...group, ...change } as LogGroupDocument) })
    .where("id", "=", group.id)
    .execute();
}

/** The document of a group, as its row keeps it. */
export function logGroupDocument(group: LogGroupDocument): string {
  const { class: logClass, deletionProtected, retention, tags } = group;
  return JSON.stringify({ class: logClass, deletionProtected, retention, tags });
}

/** What is counted for a group that is shown. */
export interface LogGroupFigures {
  readonly storedBytes: number;
  readonly metricFilters: number;
}

/** A group as DescribeLogGroups shows it. AWS: `arn` ends in `:*`, `logGroupArn` does not. */
export function describeLogGroup(group: LogGroup, figures: LogGroupFigures): logs.LogGroup {
  const arn = logGroupArn(group);
  return {
    logGroupName: group.name,
    creationTime: group.createdAt,
    retentionInDays: group.retention,
    metricFilterCount: figures.metricFilters,
    arn: `${arn}:*`,
    storedBytes: figures.storedBytes,
    logGroupClass: group.class,
    logGroupArn: arn,
    deletionProtectionEnabled: group.deletionProtected,
  };
}

/** The bytes of groups, by id. */
async function storedBytes(rows: Rows, ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
  if (ids.length === 0) return new Map();
  const sums = await rows
    .tables<LogsTables>()
    .selectFrom("logs_stream")
    .select((row) => ["group_id", row.fn.sum<number | string>("bytes").as("bytes")])
    .where("group_id", "in", [...ids])
    .groupBy("group_id")
    .execute();
  return new Map(sums.map(({ group_id, bytes }) => [group_id, Number(bytes)]));
}

/** What is counted for groups, by id. */
export async function figuresOf(
  rows: Rows,
  ids: readonly string[],
): Promise<(group: LogGroup) => LogGroupFigures> {
  const bytes = await storedBytes(rows, ids);
  const filters = await metricFilterCounts(rows, ids);
  return ({ id }) => ({ storedBytes: bytes.get(id) ?? 0, metricFilters: filters.get(id) ?? 0 });
}

/** The group of an id, or `undefined` when it is gone. */
export async function logGroupById(rows: Rows, id: string): Promise<LogGroup | undefined> {
  const row = await rows
    .tables<LogsTables>()
    .selectFrom("logs_group")
    .selectAll()
    .where("id", "=", id)
    .executeTakeFirst();
  return row && logGroupOfRow(row);
}
