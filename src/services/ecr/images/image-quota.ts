import type { Rows, Tx } from "../../../store/types.ts";
import type { RepositoryKey } from "../arn.ts";
import { limitExceeded } from "../faults.ts";
import { columnsOf } from "../repositories/repository.ts";
import type { EcrTables } from "../store.ts";

/** Images in a repository (User Guide, "Amazon ECR service quotas", where it can be raised). */
const mostImages = 100_000;

/** More images than can be on their way into one repository at once. */
const arriving = 1_000;

/**
 * Whether what arrives may be too much, so that its transaction must count. Asked outside of transactions: on PostgreSQL
 * any two that count the images of a repository and add to them exclude each other, and pushes would wait in a line.
 */
export async function isNearlyFull(rows: Rows, repository: RepositoryKey): Promise<boolean> {
  return (await imagesIn(rows, repository)) > mostImages - arriving;
}

/** Holds a repository that images were added to against the quota. Throws `LimitExceededException`. */
export async function checkImageCount(tx: Tx, repository: RepositoryKey): Promise<void> {
  if ((await imagesIn(tx, repository)) > mostImages) {
    throw limitExceeded(`A repository has at most ${mostImages} images.`);
  }
}

async function imagesIn(rows: Rows, repository: RepositoryKey): Promise<number> {
  const { images } = await rows
    .tables<EcrTables>()
    .selectFrom("ecr_image")
    .select((select) => select.fn.countAll<number>().as("images"))
    .where((row) => row.and(columnsOf(repository)))
    .executeTakeFirstOrThrow();
  return Number(images);
}
