import { keyText } from "../../../store/columns.ts";
import type { Migration } from "../../../store/types.ts";

/** What a principal has set for itself, in one region; the root's is the default of the account. */
export interface AccountSettingRow {
  readonly account: string;
  readonly region: string;
  /** ARN of a user, a role or the root. */
  readonly principal: string;
  readonly name: string;
  readonly value: string;
}

export interface AccountSettingTables {
  readonly ecs_account_setting: AccountSettingRow;
}

export const settingMigrations: readonly Migration[] = [
  {
    name: "ecs/setting/001-account-settings",
    async up(db, dialect) {
      await db.schema
        .createTable("ecs_account_setting")
        .addColumn("account", keyText(dialect), (column) => column.notNull())
        .addColumn("region", keyText(dialect), (column) => column.notNull())
        .addColumn("principal", keyText(dialect), (column) => column.notNull())
        .addColumn("name", keyText(dialect), (column) => column.notNull())
        .addColumn("value", "text", (column) => column.notNull())
        .addPrimaryKeyConstraint("ecs_account_setting_key", ["account", "region", "principal", "name"])
        .execute();
    },
  },
];
