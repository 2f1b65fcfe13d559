import type * as ecr from "@aws-sdk/client-ecr";
import { type CreateTableBuilder, type Kysely, sql } from "kysely";
import type { Digest } from "../../../kernel/brand.ts";
import { keyText } from "../../../store/columns.ts";
import type { Dialect, Migration, Tx } from "../../../store/types.ts";
import type { RepositoryKey } from "../arn.ts";
import type { ReplicationOutcome } from "../data-plane.ts";
import type { RegistryScope } from "../ports.ts";
import { columnsOf } from "../repositories/repository.ts";
import type { EcrTables, ReplicationStatusRow } from "../store.ts";

/** An image with one of its tags, or with none, on its way to one destination. */
export interface Shipment {
  readonly repository: RepositoryKey;
  readonly digest: Digest;
  readonly tag: string | undefined;
  readonly destination: RegistryScope;
}

const key = [
  "account",
  "region",
  "repository",
  "digest",
  "destination_account",
  "destination_region",
  "tag",
] as const;

const keyOf = ({ repository, digest, tag, destination }: Shipment) => ({
  ...columnsOf(repository),
  digest,
  destination_account: destination.account,
  destination_region: destination.region,
  tag: tag ?? "",
});

/** Notes that an image is on its way. */
export async function beginStatus(tx: Tx, shipment: Shipment): Promise<void> {
  await tx
    .tables<EcrTables>()
    .insertInto("ecr_replication_status")
    .values({ ...keyOf(shipment), status: "IN_PROGRESS", failure_code: null })
    .onConflict((conflict) =>
      conflict.columns(key).doUpdateSet({ status: "IN_PROGRESS", failure_code: null }),
    )
    .execute();
}

/** Notes how that ended; nothing where the image is gone. */
export async function settleStatus(tx: Tx, shipment: Shipment, outcome: ReplicationOutcome): Promise<void> {
  const update = (one: Shipment) =>
    tx
      .tables<EcrTables>()
      .updateTable("ecr_replication_status")
      .set({
        status: outcome.status,
        failure_code: outcome.status === "FAILED" ? outcome.failureCode : null,
      })
      .where((row) => row.and(keyOf(one)));
  await update(shipment).execute();
  if (outcome.status === "FAILED" || shipment.tag === undefined) return;
  // The image has come with a tag: what failed without one is mended.
  await update({ ...shipment, tag: undefined })
    .where("status", "=", "FAILED")
    .execute();
}

/**
 * The status of an image at each destination. AWS answers one for image and destination, while each tag travels by
 * itself: it is IN_PROGRESS until the last has ended, then FAILED while a tag that the image has did not arrive. Pure.
 * @param rows of one image, those of a destination together.
 * @param tags what names the image now: how a tag ended that was moved or taken off does not count any more.
 */
export function imageStatuses(
  rows: readonly ReplicationStatusRow[],
  tags: readonly string[],
): readonly ecr.ImageReplicationStatus[] {
  const destinations = new Map<string, ReplicationStatusRow[]>();
  for (const row of rows) {
    const place = `${row.destination_region} ${row.destination_account}`;
    destinations.set(place, [...(destinations.get(place) ?? []), row]);
  }
  return [...destinations.values()].flatMap((there) => {
    const decisive =
      there.find(({ status }) => status === "IN_PROGRESS") ??
      there.find(({ status, tag }) => status === "FAILED" && (tag === "" || tags.includes(tag))) ??
      there.find(({ status }) => status === "COMPLETE") ??
      there[0];
    if (decisive === undefined) return [];
    const { destination_region: region, destination_account: registryId, status, failure_code } = decisive;
    return [{ region, registryId, status, failureCode: failure_code ?? undefined }];
  });
}

/** Before, an image had one row for a destination, and the tag that ended last had the last word. */
async function byTag(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const text = keyText(dialect);
  await db.schema.alterTable("ecr_replication_status").renameTo("ecr_replication_status_old").execute();
  let table: CreateTableBuilder<string, string> = db.schema.createTable("ecr_replication_status");
  for (const column of key) table = table.addColumn(column, text, (c) => c.notNull());
  await table
    .addColumn("status", "text", (c) => c.notNull())
    .addColumn("failure_code", "text")
    .addPrimaryKeyConstraint("ecr_replication_status_by_tag", [...key])
    .execute();
  await sql`
    insert into ecr_replication_status
      (account, region, repository, digest, destination_account, destination_region, tag, status, failure_code)
    select account, region, repository, digest, destination_account, destination_region, '', status, failure_code
    from ecr_replication_status_old
  `.execute(db);
  await db.schema.dropTable("ecr_replication_status_old").execute();
}

export const replicationStatusMigrations: readonly Migration[] = [
  { name: "ecr/016-replication-status-by-tag", up: byTag },
];
