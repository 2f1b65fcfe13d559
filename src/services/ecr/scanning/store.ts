import type { CreateTableBuilder, Kysely } from "kysely";
import { integer, json, keyText } from "../../../store/columns.ts";
import type { Dialect, Migration } from "../../../store/types.ts";

/** How a registry scans what is pushed. Absent until something is set. */
export interface ScanningConfigurationRow {
  readonly account: string;
  readonly region: string;
  /** JSON of `ScanningRule[]` (configuration.ts). */
  readonly rules: string;
}

interface OfImage {
  readonly account: string;
  readonly region: string;
  readonly repository: string;
  readonly digest: string;
}

/** Where the last scan of an image stands. */
export type ScanState =
  | "PENDING"
  | "IN_PROGRESS"
  | "COMPLETE"
  | "FAILED"
  | "FINDINGS_UNAVAILABLE"
  | "LIMIT_EXCEEDED";

/** The last scan of an image. */
export interface ScanRow extends OfImage {
  readonly status: ScanState;
  /** What the state means, in a sentence. */
  readonly description: string;
  /** Epoch ms: asked for, and ended. */
  readonly requested_at: number;
  readonly completed_at: number | null;
  /** Epoch ms: when the vulnerability data that it used was newest. */
  readonly source_updated_at: number | null;
  /** JSON: findings by severity, only those there are. */
  readonly severities: string;
}

/** One finding of an image's last scan. */
export interface FindingRow extends OfImage {
  /** Its place in the answer, from 0: the gravest first. */
  readonly place: number;
  /** JSON of an `ImageScanFinding` (API Reference). */
  readonly document: string;
}

/** The tables of scanning. */
export interface ScanTables {
  ecr_scanning_configuration: ScanningConfigurationRow;
  ecr_scan: ScanRow;
  ecr_scan_finding: FindingRow;
}

async function createTables(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const table = (name: string, keys: readonly string[]) => {
    let builder: CreateTableBuilder<string, string> = db.schema.createTable(name);
    for (const key of keys) builder = builder.addColumn(key, keyText(dialect), (c) => c.notNull());
    return builder;
  };
  const image = ["account", "region", "repository", "digest"] as const;
  await table("ecr_scanning_configuration", ["account", "region"])
    .addColumn("rules", json, (c) => c.notNull())
    .addPrimaryKeyConstraint("ecr_scanning_configuration_key", ["account", "region"])
    .execute();
  await table("ecr_scan", image)
    .addColumn("status", "text", (c) => c.notNull())
    .addColumn("description", "text", (c) => c.notNull())
    .addColumn("requested_at", integer, (c) => c.notNull())
    .addColumn("completed_at", integer)
    .addColumn("source_updated_at", integer)
    .addColumn("severities", json, (c) => c.notNull())
    .addPrimaryKeyConstraint("ecr_scan_key", [...image])
    .execute();
  await table("ecr_scan_finding", image)
    .addColumn("place", integer, (c) => c.notNull())
    .addColumn("document", json, (c) => c.notNull())
    .addPrimaryKeyConstraint("ecr_scan_finding_key", [...image, "place"])
    .execute();
}

export const scanMigrations: readonly Migration[] = [{ name: "ecr/013-scanning", up: createTables }];
