import { integer, keyText } from "../../../store/columns.ts";
import type { Migration } from "../../../store/types.ts";

/** One tag of any resource of ECS. */
export interface TagRow {
  /** ARN of the resource. */
  readonly arn: string;
  readonly key: string;
  readonly value: string;
  /** Tags are answered in the order in which their keys came. */
  readonly position: number;
}

export interface TagTables {
  readonly ecs_tag: TagRow;
}

export const tagMigrations: readonly Migration[] = [
  {
    name: "ecs/tag/001-tags",
    async up(db, dialect) {
      await db.schema
        .createTable("ecs_tag")
        .addColumn("arn", keyText(dialect), (column) => column.notNull())
        .addColumn("key", keyText(dialect), (column) => column.notNull())
        .addColumn("value", "text", (column) => column.notNull())
        .addColumn("position", integer, (column) => column.notNull())
        .addPrimaryKeyConstraint("ecs_tag_key", ["arn", "key"])
        .execute();
    },
  },
];
