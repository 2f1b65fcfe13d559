import type * as logs from "@aws-sdk/client-cloudwatch-logs";
import type { Kysely } from "kysely";
import { integer, json, keyText } from "../../../store/columns.ts";
import type { Dialect, Migration, Rows, Tx } from "../../../store/types.ts";

/** A filter that a group's events go through as they come. */
export interface FilterRow {
  readonly group_id: string;
  /** `metric` or `subscription`. */
  readonly kind: string;
  readonly name: string;
  /** Epoch ms. */
  readonly created_at: number;
  /** Events that have met it. */
  readonly matched: number;
  /** The document of its kind. */
  readonly document: string;
}

export interface FilterTables {
  logs_filter: FilterRow;
}

export interface MetricFilterDocument {
  readonly pattern: string;
  readonly transformations: readonly logs.MetricTransformation[];
}

export interface SubscriptionDocument {
  readonly pattern: string;
  readonly destinationArn: string;
  readonly roleArn: string;
}

interface Documents {
  readonly metric: MetricFilterDocument;
  readonly subscription: SubscriptionDocument;
}

export type FilterKind = keyof Documents;

/** A filter of one kind. */
export interface Filter<K extends FilterKind> {
  readonly groupId: string;
  readonly name: string;
  readonly createdAt: number;
  readonly document: Documents[K];
}

async function createTables(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const text = keyText(dialect);
  await db.schema
    .createTable("logs_filter")
    .addColumn("group_id", text, (c) => c.notNull())
    .addColumn("kind", text, (c) => c.notNull())
    .addColumn("name", text, (c) => c.notNull())
    .addColumn("created_at", integer, (c) => c.notNull())
    .addColumn("matched", integer, (c) => c.notNull())
    .addColumn("document", json, (c) => c.notNull())
    .addPrimaryKeyConstraint("logs_filter_key", ["group_id", "kind", "name"])
    .execute();
}

export const filterMigrations: readonly Migration[] = [{ name: "logs/003-filters", up: createTables }];

/** The filters of a group, by name. */
export async function filtersOf<K extends FilterKind>(
  rows: Rows,
  groupId: string,
  kind: K,
): Promise<readonly Filter<K>[]> {
  const found = await rows
    .tables<FilterTables>()
    .selectFrom("logs_filter")
    .selectAll()
    .where("group_id", "=", groupId)
    .where("kind", "=", kind)
    .orderBy("name")
    .execute();
  return found.map((row) => ({
    groupId: row.group_id,
    name: row.name,
    createdAt: row.created_at,
    document: JSON.parse(row.document) as Documents[K],
  }));
}

/** How many metric filters each group has. */
export async function metricFilterCounts(
  rows: Rows,
  groups: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (groups.length === 0) return new Map();
  const counted = await rows
    .tables<FilterTables>()
    .selectFrom("logs_filter")
    .select(["group_id", (row) => row.fn.countAll<string | number>().as("count")])
    .where("kind", "=", "metric")
    .where("group_id", "in", groups)
    .groupBy("group_id")
    .execute();
  return new Map(counted.map((row) => [row.group_id, Number(row.count)]));
}

export async function putFilter<K extends FilterKind>(
  tx: Tx,
  kind: K,
  { groupId, name, createdAt, document }: Filter<K>,
): Promise<void> {
  const columns = { document: JSON.stringify(document) };
  await tx
    .tables<FilterTables>()
    .insertInto("logs_filter")
    .values({ group_id: groupId, kind, name, created_at: createdAt, matched: 0, ...columns })
    .onConflict((conflict) => conflict.columns(["group_id", "kind", "name"]).doUpdateSet(columns))
    .execute();
}

/** Removes a filter, or all of a group; whether there was any. */
export async function removeFilters(
  tx: Tx,
  groupId: string,
  one?: { readonly kind: FilterKind; readonly name: string },
): Promise<boolean> {
  let query = tx.tables<FilterTables>().deleteFrom("logs_filter").where("group_id", "=", groupId);
  if (one !== undefined) query = query.where("kind", "=", one.kind).where("name", "=", one.name);
  return (await query.returning("name").execute()).length > 0;
}

/** Counts events that have met a filter. */
export async function countMatches(
  tx: Tx,
  groupId: string,
  kind: FilterKind,
  name: string,
  count: number,
): Promise<void> {
  await tx
    .tables<FilterTables>()
    .updateTable("logs_filter")
    .set((row) => ({ matched: row("matched", "+", count) }))
    .where("group_id", "=", groupId)
    .where("kind", "=", kind)
    .where("name", "=", name)
    .execute();
}
