import type { Kysely } from "kysely";
import { json, keyText } from "../../../store/columns.ts";
import type { Dialect, Migration } from "../../../store/types.ts";

/** An alarm mute rule. `document` holds a `MuteRuleDocument` (mute-rule.ts). */
export interface MuteRuleRow {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly document: string;
}

export interface MuteRuleTables {
  cloudwatch_alarm_mute_rule: MuteRuleRow;
}

async function createTables(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const text = keyText(dialect);
  await db.schema
    .createTable("cloudwatch_alarm_mute_rule")
    .addColumn("account", text, (c) => c.notNull())
    .addColumn("region", text, (c) => c.notNull())
    .addColumn("name", text, (c) => c.notNull())
    .addColumn("document", json, (c) => c.notNull())
    .addPrimaryKeyConstraint("cloudwatch_alarm_mute_rule_key", ["account", "region", "name"])
    .execute();
}

export const muteRuleMigrations: readonly Migration[] = [
  { name: "cloudwatch/004-mute-rules", up: createTables },
];
