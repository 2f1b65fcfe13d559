import type { CreateTableBuilder, Kysely } from "kysely";
import { integer, json, keyText } from "../../../store/columns.ts";
import type { Dialect, Migration } from "../../../store/types.ts";

interface InRepository {
  readonly account: string;
  readonly region: string;
  readonly repository: string;
}

/** The lifecycle policy of a repository. */
export interface LifecyclePolicyRow extends InRepository {
  /** As it is answered. */
  readonly policy: string;
  /** A UUID, made anew when a policy is put where none was. */
  readonly policy_id: string;
  /** Counts the times that the policy was put. */
  readonly version: number;
  /** Epoch ms; null until it was first evaluated. */
  readonly evaluated_at: number | null;
}

/** The last preview of a repository. */
export interface LifecyclePreviewRow extends InRepository {
  readonly policy: string;
  readonly status: "IN_PROGRESS" | "COMPLETE" | "FAILED";
  /** Epoch ms. */
  readonly started_at: number;
}

/** An image that a preview would act on. */
export interface LifecyclePreviewImageRow extends InRepository {
  readonly digest: string;
  /** A `PreviewedImage` (lifecycle-preview.ts). */
  readonly document: string;
}

/** The tables of lifecycle policies. */
export interface LifecycleTables {
  ecr_lifecycle_policy: LifecyclePolicyRow;
  ecr_lifecycle_preview: LifecyclePreviewRow;
  ecr_lifecycle_preview_image: LifecyclePreviewImageRow;
}

async function createTables(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const repository = ["account", "region", "repository"] as const;
  const table = (name: string, ...more: readonly string[]) => {
    let builder: CreateTableBuilder<string, string> = db.schema.createTable(name);
    for (const key of [...repository, ...more]) {
      builder = builder.addColumn(key, keyText(dialect), (column) => column.notNull());
    }
    return builder.addPrimaryKeyConstraint(`${name}_key`, [...repository, ...more]);
  };
  await table("ecr_lifecycle_policy")
    .addColumn("policy", json, (column) => column.notNull())
    .addColumn("policy_id", "text", (column) => column.notNull())
    .addColumn("version", integer, (column) => column.notNull())
    .addColumn("evaluated_at", integer)
    .execute();
  await table("ecr_lifecycle_preview")
    .addColumn("policy", json, (column) => column.notNull())
    .addColumn("status", "text", (column) => column.notNull())
    .addColumn("started_at", integer, (column) => column.notNull())
    .execute();
  await table("ecr_lifecycle_preview_image", "digest")
    .addColumn("document", json, (column) => column.notNull())
    .execute();
}

export const lifecycleMigrations: readonly Migration[] = [{ name: "ecr/003-lifecycle", up: createTables }];
