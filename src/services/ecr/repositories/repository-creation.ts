import type { Tx } from "../../../store/types.ts";
import type { RepositoryKey } from "../arn.ts";
import { repositoryAlreadyExists } from "../faults.ts";
import type { EcrTables } from "../store.ts";
import type { Repository, RepositoryDocument } from "./repository.ts";

/** Writes a new repository. Throws `RepositoryAlreadyExistsException`. */
export async function insertRepository(
  tx: Tx,
  key: RepositoryKey,
  document: RepositoryDocument,
  policy: string | undefined,
  now: number,
): Promise<Repository> {
  const inserted = await tx
    .tables<EcrTables>()
    .insertInto("ecr_repository")
    .values({
      account: key.account,
      region: key.region,
      name: key.name,
      created_at: now,
      document: JSON.stringify(document),
      policy: policy ?? null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning("name")
    .executeTakeFirst();
  if (inserted === undefined) throw repositoryAlreadyExists(key);
  // Policies may ask for the tags of what they guard.
  if (document.tags.length > 0 || policy !== undefined) await tx.bumpEpoch(key.account);
  return { ...key, ...document, createdAt: now, policy };
}
