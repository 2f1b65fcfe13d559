import type { CreateTableBuilder, Kysely } from "kysely";
import { bytes, flag, integer, json, keyText } from "../../store/columns.ts";
import type { Dialect, Migration } from "../../store/types.ts";
import { backfillMigrations } from "./backfills/store.ts";
import { collectionMigrations } from "./collection/store.ts";
import { creationTemplateMigrations } from "./creation-templates/store.ts";
import { pullTimeExclusionMigrations } from "./images/pull-time-exclusions.ts";
import { layerPartMigrations, type PartColumns } from "./layers/layer-parts.ts";
import { lifecycleMigrations } from "./lifecycle/store.ts";
import { pullThroughMigrations } from "./pull-through/store.ts";
import { replicationStatusMigrations } from "./replication/status.ts";
import { scanMigrations } from "./scanning/store.ts";
import { signingMigrations } from "./signing/store.ts";
import { siteMigrations } from "./sites/store.ts";

/** The columns that name a repository in every table: whose registry, in which region, and its name. */
interface InRepository {
  /** The registry id: an account id. */
  readonly account: string;
  readonly region: string;
  readonly repository: string;
}

/** A repository. `document` holds a `RepositoryDocument` (repository.ts). */
export interface RepositoryRow {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  /** Epoch ms. */
  readonly created_at: number;
  readonly document: string;
  /** The repository policy as it is answered, or null. */
  readonly policy: string | null;
}

/** An image: one manifest of any kind. The bytes are exactly what was pushed; the digest is computed over them. */
export interface ImageRow extends InRepository {
  readonly digest: string;
  readonly media_type: string;
  readonly manifest: Buffer;
  /** `imageSizeInBytes`: configuration and layers. */
  readonly size: number;
  /** Epoch ms. */
  readonly pushed_at: number;
  /** Epoch ms; renewed at most once in 24 hours. */
  readonly last_pulled_at: number | null;
  /** An `ImageDocument` (image.ts). */
  readonly document: string;
  /** Only an `ACTIVE` image can be pulled; an `ACTIVATING` one is on its way back from the archive. */
  readonly status: ImageStatus;
  /** Epoch ms: when it was last archived, and when it was last restored. */
  readonly archived_at: number | null;
  readonly activated_at: number | null;
}

export type ImageStatus = "ACTIVE" | "ARCHIVED" | "ACTIVATING";

/** A tag names one image of its repository. */
export interface TagRow extends InRepository {
  readonly tag: string;
  readonly digest: string;
  /** Epoch ms: when the tag was last put on this image. */
  readonly tagged_at: number;
  /** Epoch ms: when it was last held against an upstream registry; null for a tag that was pushed. */
  readonly upstream_checked_at?: number | null;
}

/**
 * A repository may see a blob if and only if there is such a link.
 * `referenced` is 1 once an image names the layer; a link that no image names is collected after a grace period.
 */
export interface LayerLinkRow extends InRepository {
  readonly digest: string;
  readonly size: number;
  /** As the first manifest that names it says; null before. */
  readonly media_type: string | null;
  readonly referenced: 0 | 1;
  /** Epoch ms: linked, or last let go by an image. */
  readonly linked_at: number;
  /** 1 for a layer of an image that came through a pull through cache rule. */
  readonly pulled_through?: 1 | null;
  /** 1 while every image that names the layer is archived or on its way back. */
  readonly archived: 0 | 1;
}

/** What a manifest refers to: `child` of an index, `layer` (configurations too) of an image, `subject` of either. */
export type ReferenceKind = "child" | "layer" | "subject";

export interface ReferenceRow extends InRepository {
  /** The manifest that refers. */
  readonly digest: string;
  readonly kind: ReferenceKind;
  readonly target: string;
}

/** An upload that was begun. How much arrived is the blob store's to know. */
export interface UploadRow extends InRepository, PartColumns {
  readonly upload_id: string;
  /** Epoch ms. */
  readonly created_at: number;
  /** Epoch ms, exact to the hour: an upload that nobody continues is collected. */
  readonly touched_at: number;
}

/** What belongs to a registry (an account in a region) rather than to a repository. Absent until something is set. */
export interface RegistryRow {
  readonly account: string;
  readonly region: string;
  /** The registry policy as it is answered, or null. */
  readonly policy: string | null;
  /** JSON of a `ReplicationConfiguration` with at least one rule, or null. */
  readonly replication: string | null;
  /** JSON object: account setting name to value, only those that were set. */
  readonly settings: string;
}

/** How far one image has come with one tag on its way to one destination. */
export interface ReplicationStatusRow extends InRepository {
  readonly digest: string;
  readonly destination_account: string;
  readonly destination_region: string;
  /** Empty for an image without tags. */
  readonly tag: string;
  readonly status: "IN_PROGRESS" | "COMPLETE" | "FAILED";
  readonly failure_code: string | null;
}

/** The tables of ECR. */
export interface EcrTables {
  ecr_repository: RepositoryRow;
  ecr_image: ImageRow;
  ecr_tag: TagRow;
  ecr_layer_link: LayerLinkRow;
  ecr_reference: ReferenceRow;
  ecr_upload: UploadRow;
  ecr_registry: RegistryRow;
  ecr_replication_status: ReplicationStatusRow;
}

async function createTables(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const text = keyText(dialect);
  const table = (name: string, ...keys: readonly string[]) => {
    let builder: CreateTableBuilder<string, string> = db.schema.createTable(name);
    for (const key of keys) builder = builder.addColumn(key, text, (column) => column.notNull());
    return builder;
  };
  const repository = ["account", "region", "repository"] as const;

  await table("ecr_repository", "account", "region", "name")
    .addColumn("created_at", integer, (c) => c.notNull())
    .addColumn("document", json, (c) => c.notNull())
    .addColumn("policy", "text")
    .addPrimaryKeyConstraint("ecr_repository_key", ["account", "region", "name"])
    .execute();
  await table("ecr_image", ...repository, "digest")
    .addColumn("media_type", "text", (c) => c.notNull())
    .addColumn("manifest", bytes(dialect), (c) => c.notNull())
    .addColumn("size", integer, (c) => c.notNull())
    .addColumn("pushed_at", integer, (c) => c.notNull())
    .addColumn("last_pulled_at", integer)
    .addColumn("document", json, (c) => c.notNull())
    .addPrimaryKeyConstraint("ecr_image_key", [...repository, "digest"])
    .execute();
  await table("ecr_tag", ...repository, "tag", "digest")
    .addColumn("tagged_at", integer, (c) => c.notNull())
    .addPrimaryKeyConstraint("ecr_tag_key", [...repository, "tag"])
    .execute();
  await table("ecr_layer_link", ...repository, "digest")
    .addColumn("size", integer, (c) => c.notNull())
    .addColumn("media_type", "text")
    .addColumn("referenced", flag, (c) => c.notNull())
    .addColumn("linked_at", integer, (c) => c.notNull())
    .addPrimaryKeyConstraint("ecr_layer_link_key", [...repository, "digest"])
    .execute();
  await table("ecr_reference", ...repository, "digest", "kind", "target")
    .addPrimaryKeyConstraint("ecr_reference_key", [...repository, "digest", "kind", "target"])
    .execute();
  await table("ecr_upload", ...repository, "upload_id")
    .addColumn("created_at", integer, (c) => c.notNull())
    .addColumn("touched_at", integer, (c) => c.notNull())
    .addPrimaryKeyConstraint("ecr_upload_key", ["upload_id"])
    .execute();
  await table("ecr_registry", "account", "region")
    .addColumn("policy", "text")
    .addColumn("replication", json)
    .addColumn("settings", json, (c) => c.notNull())
    .addPrimaryKeyConstraint("ecr_registry_key", ["account", "region"])
    .execute();
  await table("ecr_replication_status", ...repository, "digest", "destination_account", "destination_region")
    .addColumn("status", "text", (c) => c.notNull())
    .addColumn("failure_code", "text")
    .addPrimaryKeyConstraint("ecr_replication_status_key", [
      ...repository,
      "digest",
      "destination_account",
      "destination_region",
    ])
    .execute();

  const index = (name: string, on: string, ...columns: string[]) =>
    db.schema.createIndex(name).on(on).columns(columns).execute();
  await index("ecr_tag_by_digest", "ecr_tag", ...repository, "digest");
  // Who refers to a manifest or layer of a repository: deletion, referrers, and whether a layer is still needed.
  await index("ecr_reference_by_target", "ecr_reference", ...repository, "kind", "target");
  // Whether any repository still links a blob, for the collector.
  await index("ecr_layer_link_by_digest", "ecr_layer_link", "digest");
  await index("ecr_upload_by_touch", "ecr_upload", "touched_at");
}

/** Storage classes: what was there before is active. */
async function addStorageClass(db: Kysely<unknown>): Promise<void> {
  const images = (name: string) => db.schema.alterTable("ecr_image").addColumn(name, integer).execute();
  await images("archived_at");
  await images("activated_at");
  await db.schema
    .alterTable("ecr_image")
    .addColumn("status", "text", (column) => column.notNull().defaultTo("ACTIVE"))
    .execute();
  await db.schema
    .alterTable("ecr_layer_link")
    .addColumn("archived", flag, (column) => column.notNull().defaultTo(0))
    .execute();
}

export const migrations: readonly Migration[] = [
  { name: "ecr/001-registry", up: createTables },
  { name: "ecr/002-storage-class", up: addStorageClass },
  ...lifecycleMigrations,
  ...pullTimeExclusionMigrations,
  ...layerPartMigrations,
  ...creationTemplateMigrations,
  ...backfillMigrations,
  ...siteMigrations,
  ...pullThroughMigrations,
  ...scanMigrations,
  ...signingMigrations,
  ...collectionMigrations,
  ...replicationStatusMigrations,
];
