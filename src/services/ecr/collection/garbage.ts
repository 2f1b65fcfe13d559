import { day, hour } from "../../../kernel/duration.ts";
import type { NewJob, Rows, Tx } from "../../../store/types.ts";
import type { RepositoryKey } from "../arn.ts";
import type { RegistryScope } from "../ports.ts";
import { findRepository, repositoryFrom } from "../repositories/repository.ts";
import type { EcrTables, UploadRow } from "../store.ts";
import type { BlobPlace } from "./removals.ts";

/** The queue of the collector. */
export const collectionQueue = "ecr.collection";

/** How long what nothing names is kept, in ms: a client pushes an image after its layers, and may take its time. */
export const grace = day;

/** How often the collector looks, in ms. */
export const collectEvery = hour;

/**
 * The job of the collector. It looks at everything that is stored, so there is one: whose name it bears is without
 * meaning. `notBefore` is epoch ms.
 */
export function collectionJob({ account, region }: RegistryScope, notBefore: number): NewJob {
  return { queue: collectionQueue, key: "collection", account, region, payload: {}, notBefore };
}

/**
 * Takes away links that no image has named since a time, some at once, the oldest first.
 * @returns how many.
 */
export async function removeUnusedLinks(tx: Tx, before: number, limit: number): Promise<number> {
  const tables = tx.tables<EcrTables>();
  const unused = await tables
    .selectFrom("ecr_layer_link")
    .select(["account", "region", "repository", "digest"])
    .where("referenced", "=", 0)
    .where("linked_at", "<", before)
    .where((where) =>
      // INVARIANT: whatever the flag says, a layer that an image names stays.
      where.not(
        where.exists(
          where
            .selectFrom("ecr_reference")
            .select("ecr_reference.digest")
            .whereRef("ecr_reference.account", "=", "ecr_layer_link.account")
            .whereRef("ecr_reference.region", "=", "ecr_layer_link.region")
            .whereRef("ecr_reference.repository", "=", "ecr_layer_link.repository")
            .where("ecr_reference.kind", "=", "layer")
            .whereRef("ecr_reference.target", "=", "ecr_layer_link.digest"),
        ),
      ),
    )
    .orderBy("linked_at")
    .limit(limit)
    .execute();
  for (const { account, region, repository, digest } of unused) {
    await tables
      .deleteFrom("ecr_layer_link")
      .where("account", "=", account)
      .where("region", "=", region)
      .where("repository", "=", repository)
      .where("digest", "=", digest)
      .execute();
  }
  return unused.length;
}

/** An upload as its row says, and the vault that holds its bytes (empty: the common store). */
export interface AbandonedUpload extends Pick<UploadRow, "upload_id" | "touched_at"> {
  readonly vault: string;
}

/** Uploads that nobody has continued since a time, some of them, the longest abandoned first. */
export async function abandonedUploads(
  rows: Rows,
  before: number,
  limit: number,
): Promise<readonly AbandonedUpload[]> {
  const found = await rows
    .tables<EcrTables>()
    .selectFrom("ecr_upload")
    .select(["upload_id", "touched_at", "account", "region", "repository"])
    .where("touched_at", "<", before)
    .orderBy("touched_at")
    .limit(limit)
    .execute();
  const uploads: AbandonedUpload[] = [];
  for (const { upload_id, touched_at, account, region, repository: name } of found) {
    // The vault of a repository that is gone goes as a whole.
    const repository = await findRepository(rows, { account, region, name } as RepositoryKey);
    uploads.push({ upload_id, touched_at, vault: repository?.encryption.vault?.name ?? "" });
  }
  return uploads;
}

/** Repositories read at once. */
const page = 500;

/** Every store of blobs: the common one, and the vaults. */
export async function blobPlaces(rows: Rows): Promise<readonly BlobPlace[]> {
  const places: BlobPlace[] = [{ vault: "" }];
  let after = { account: "", region: "", name: "" };
  for (let full = true; full; ) {
    const found = await rows
      .tables<EcrTables>()
      .selectFrom("ecr_repository")
      .selectAll()
      .where((where) =>
        where(
          where.refTuple("account", "region", "name"),
          ">",
          where.tuple(after.account, after.region, after.name),
        ),
      )
      .orderBy("account")
      .orderBy("region")
      .orderBy("name")
      .limit(page)
      .execute();
    for (const row of found) {
      const owner = repositoryFrom(row);
      const { vault } = owner.encryption;
      if (vault !== undefined) places.push({ vault: vault.name, owner });
    }
    after = found.at(-1) ?? after;
    full = found.length === page;
  }
  return places;
}

/** Forgets uploads whose bytes are gone, except those that somebody took up again meanwhile. */
export async function forgetUploads(tx: Tx, uploads: readonly AbandonedUpload[]): Promise<void> {
  for (const { upload_id, touched_at } of uploads) {
    await tx
      .tables<EcrTables>()
      .deleteFrom("ecr_upload")
      .where("upload_id", "=", upload_id)
      .where("touched_at", "=", touched_at)
      .execute();
  }
}

/** Which of these uploads have no row. */
export async function uploadsWithoutRow(rows: Rows, ids: readonly string[]): Promise<readonly string[]> {
  if (ids.length === 0) return [];
  const known = await rows
    .tables<EcrTables>()
    .selectFrom("ecr_upload")
    .select("upload_id")
    .where("upload_id", "in", ids)
    .execute();
  const there = new Set(known.map(({ upload_id }) => upload_id));
  return ids.filter((id) => !there.has(id));
}
