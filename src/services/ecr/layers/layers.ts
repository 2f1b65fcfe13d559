import type { Digest } from "../../../kernel/brand.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import type { RepositoryKey } from "../arn.ts";
import { checkNotRemoved, type WrittenBlob } from "../collection/removals.ts";
import { chunks } from "../images/images.ts";
import { columnsOf, type Repository } from "../repositories/repository.ts";
import type { EcrTables, LayerLinkRow } from "../store.ts";

/** The links of a repository to these blobs, by digest. */
export async function linksAmong(
  rows: Rows,
  repository: RepositoryKey,
  digests: readonly string[],
): Promise<ReadonlyMap<string, LayerLinkRow>> {
  const found = new Map<string, LayerLinkRow>();
  for (const some of chunks(digests)) {
    const links = await rows
      .tables<EcrTables>()
      .selectFrom("ecr_layer_link")
      .selectAll()
      .where((row) => row.and(columnsOf(repository)))
      .where("digest", "in", some)
      .execute();
    for (const link of links) found.set(link.digest, link);
  }
  return found;
}

/** A repository's link to one blob, or `undefined`. */
export async function findLink(
  rows: Rows,
  repository: RepositoryKey,
  digest: Digest,
): Promise<LayerLinkRow | undefined> {
  return (await linksAmong(rows, repository, [digest])).get(digest);
}

/** A layer that is to be linked, with what `writeBlob` noted if it was written. */
export type LinkedLayer = Pick<WrittenBlob, "digest" | "size"> &
  Partial<Pick<WrittenBlob, "removal">> & { readonly mediaType?: string | null };

/**
 * Lets a repository see a blob. A link that no image uses yet begins its grace period anew: the client that has just
 * pushed the layer again is about to name it.
 * INVARIANT: the layer's bytes were written by `writeBlob`, or another link to them was read in this transaction.
 * @throws Fault `ServiceUnavailable` when they were removed since.
 */
export async function linkLayer(
  tx: Tx,
  repository: RepositoryKey & Pick<Repository, "encryption">,
  layer: LinkedLayer,
  now: number,
): Promise<void> {
  await checkNotRemoved(tx, repository, layer.digest, layer.removal);
  await tx
    .tables<EcrTables>()
    .insertInto("ecr_layer_link")
    .values({
      ...columnsOf(repository),
      digest: layer.digest,
      size: layer.size,
      media_type: layer.mediaType ?? null,
      referenced: 0,
      linked_at: now,
      archived: 0,
    })
    .onConflict((conflict) =>
      conflict.columns(["account", "region", "repository", "digest"]).doUpdateSet({ linked_at: now }),
    )
    .execute();
}

/** Takes a blob out of a repository's sight. INVARIANT: no image of the repository names it. */
export async function unlinkLayer(tx: Tx, repository: RepositoryKey, digest: Digest): Promise<void> {
  await tx
    .tables<EcrTables>()
    .deleteFrom("ecr_layer_link")
    .where((row) => row.and(columnsOf(repository)))
    .where("digest", "=", digest)
    .execute();
}

/** Notes that an image that can be pulled names the layer, and what it calls it. */
export async function markReferenced(
  tx: Tx,
  repository: RepositoryKey,
  layer: { readonly digest: Digest; readonly mediaType: string },
): Promise<void> {
  await tx
    .tables<EcrTables>()
    .updateTable("ecr_layer_link")
    .set({ referenced: 1, media_type: layer.mediaType, archived: 0 })
    .where((row) => row.and(columnsOf(repository)))
    .where("digest", "=", layer.digest)
    .where((row) => row.or([row("referenced", "=", 0), row("archived", "=", 1)]))
    .execute();
}

/** Lets go of the layers that a removed image named, where no other image of the repository names them. */
export async function releaseLayers(
  tx: Tx,
  repository: RepositoryKey,
  digests: readonly string[],
  now: number,
): Promise<void> {
  const { account, region, repository: name } = columnsOf(repository);
  for (const some of chunks(digests)) {
    await tx
      .tables<EcrTables>()
      .updateTable("ecr_layer_link")
      .set({ referenced: 0, media_type: null, linked_at: now, archived: 0 })
      .where((row) => row.and(columnsOf(repository)))
      .where("digest", "in", some)
      .where((where) =>
        where.not(
          where.exists(
            where
              .selectFrom("ecr_reference")
              .select("ecr_reference.digest")
              .where("ecr_reference.account", "=", account)
              .where("ecr_reference.region", "=", region)
              .where("ecr_reference.repository", "=", name)
              .where("ecr_reference.kind", "=", "layer")
              .whereRef("ecr_reference.target", "=", "ecr_layer_link.digest"),
          ),
        ),
      )
      .execute();
  }
}
