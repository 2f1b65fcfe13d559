import type { Kysely } from "kysely";
import { flag, integer, json, keyText } from "../../../store/columns.ts";
import type { Dialect, Migration } from "../../../store/types.ts";

/** A pull through cache rule. `document` holds a `RuleDocument` (rule.ts). */
export interface PullThroughRuleRow {
  readonly account: string;
  readonly region: string;
  /** `ecrRepositoryPrefix` without a slash at its end, or `ROOT`. */
  readonly prefix: string;
  /** Epoch ms. */
  readonly created_at: number;
  /** Epoch ms. */
  readonly updated_at: number;
  readonly document: string;
}

/** The tables of pull through cache. */
export interface PullThroughTables {
  ecr_pull_through_rule: PullThroughRuleRow;
}

async function createTables(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const text = keyText(dialect);
  await db.schema
    .createTable("ecr_pull_through_rule")
    .addColumn("account", text, (column) => column.notNull())
    .addColumn("region", text, (column) => column.notNull())
    .addColumn("prefix", text, (column) => column.notNull())
    .addColumn("created_at", integer, (column) => column.notNull())
    .addColumn("updated_at", integer, (column) => column.notNull())
    .addColumn("document", json, (column) => column.notNull())
    .addPrimaryKeyConstraint("ecr_pull_through_rule_key", ["account", "region", "prefix"])
    .execute();
  // When a tag was last held against the upstream registry; null for tags that were pushed.
  await db.schema.alterTable("ecr_tag").addColumn("upstream_checked_at", integer).execute();
  // 1 for layers of images that came from an upstream registry; null for those that were pushed.
  await db.schema.alterTable("ecr_layer_link").addColumn("pulled_through", flag).execute();
}

export const pullThroughMigrations: readonly Migration[] = [
  { name: "ecr/005-pull-through", up: createTables },
];
