import { integer, json, keyText } from "../../../store/columns.ts";
import type { Migration } from "../../../store/types.ts";

/** A repository creation template. `document` holds a `CreationTemplateDocument` (creation-templates.ts). */
export interface CreationTemplateRow {
  /** The registry id: an account id. */
  readonly account: string;
  readonly region: string;
  /** Without the slash that is always assumed at its end, or `ROOT`. */
  readonly prefix: string;
  readonly document: string;
  /** Epoch ms. */
  readonly created_at: number;
  /** Epoch ms. */
  readonly updated_at: number;
}

/** The tables of creation templates. */
export interface CreationTemplateTables {
  ecr_creation_template: CreationTemplateRow;
}

export const creationTemplateMigrations: readonly Migration[] = [
  {
    name: "ecr/010-creation-templates",
    async up(db, dialect) {
      const text = keyText(dialect);
      await db.schema
        .createTable("ecr_creation_template")
        .addColumn("account", text, (c) => c.notNull())
        .addColumn("region", text, (c) => c.notNull())
        .addColumn("prefix", text, (c) => c.notNull())
        .addColumn("document", json, (c) => c.notNull())
        .addColumn("created_at", integer, (c) => c.notNull())
        .addColumn("updated_at", integer, (c) => c.notNull())
        .addPrimaryKeyConstraint("ecr_creation_template_key", ["account", "region", "prefix"])
        .execute();
    },
  },
];
