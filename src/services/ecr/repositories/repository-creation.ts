import type { Tx } from "../../../store/types.ts";
import type { RepositoryKey } from "../arn.ts";
import { limitExceeded, repositoryAlreadyExists } from "../faults.ts";
import type { EcrTables } from "../store.ts";
import type { Repository, RepositoryDocument } from "./repository.ts";

/** Repositories of a registry (User Guide, "Amazon ECR service quotas", where it can be raised). */
const mostRepositories = 100_000;

/** Writes a new repository. Throws `RepositoryAlreadyExistsException`, `LimitExceededException`. */
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
  await checkRepositoryCount(tx, key);
  // Policies may ask for the tags of what they guard.
  if (document.tags.length > 0 || policy !== undefined) await tx.bumpEpoch(key.account);
  return { ...key, ...document, createdAt: now, policy };
}

async function checkRepositoryCount(tx: Tx, { account, region }: RepositoryKey): Promise<void> {
  const { repositories } = await tx
    .tables<EcrTables>()
    .selectFrom("ecr_repository")
    .select((select) => select.fn.countAll<number>().as("repositories"))
    .where("account", "=", account)
    .where("region", "=", region)
    .executeTakeFirstOrThrow();
  if (Number(repositories) > mostRepositories) {
    throw limitExceeded(`A registry has at most ${mostRepositories} repositories in a Region.`);
  }
}
