import type * as ecr from "@aws-sdk/client-ecr";
import { day } from "../../../kernel/duration.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import type { RepositoryKey } from "../arn.ts";
import { chunks } from "../images/images.ts";
import { columnsOf } from "../repositories/repository.ts";
import { lifecycleJob } from "./jobs.ts";
import type { LifecycleAction, LifecycleImage } from "./plan.ts";
import type { LifecyclePreviewRow, LifecycleTables } from "./store.ts";

/** An image that a preview would act on, as its row keeps it. Times are epoch ms. */
export interface PreviewedImage {
  readonly tags: readonly string[];
  readonly pushedAt: number;
  readonly type: LifecycleAction["type"];
  readonly priority: number;
  readonly storageClass: "STANDARD" | "ARCHIVE";
}

/** How long the results of a preview are kept; the figure is ours. */
const keptFor = day;

/** Begins a preview in place of the last one. Throws `LifecyclePolicyPreviewInProgressException`; its words are ours. */
export async function beginPreview(
  tx: Tx,
  repository: RepositoryKey,
  policy: string,
  now: number,
): Promise<void> {
  const last = await findPreview(tx, repository);
  if (last?.status === "IN_PROGRESS") {
    throw new Fault(
      "LifecyclePolicyPreviewInProgressException",
      `Lifecycle policy preview is in progress for the repository with name '${repository.name}' in the registry with id '${repository.account}'`,
    );
  }
  await removePreview(tx, repository);
  await tx
    .tables<LifecycleTables>()
    .insertInto("ecr_lifecycle_preview")
    .values({ ...columnsOf(repository), policy, status: "IN_PROGRESS", started_at: now })
    .execute();
  await tx.enqueue(lifecycleJob(repository, "preview"));
}

/** The last preview of a repository. */
export async function findPreview(
  rows: Rows,
  repository: RepositoryKey,
): Promise<LifecyclePreviewRow | undefined> {
  return rows
    .tables<LifecycleTables>()
    .selectFrom("ecr_lifecycle_preview")
    .selectAll()
    .where((row) => row.and(columnsOf(repository)))
    .executeTakeFirst();
}

/** What the API calls the state of a preview: its results expire. */
export function previewStatus(preview: LifecyclePreviewRow, now: number): ecr.LifecyclePolicyPreviewStatus {
  return preview.status === "COMPLETE" && now - preview.started_at > keptFor ? "EXPIRED" : preview.status;
}

/** Forgets the last preview and what it found. */
async function removePreview(tx: Tx, repository: RepositoryKey): Promise<void> {
  for (const table of ["ecr_lifecycle_preview", "ecr_lifecycle_preview_image"] as const) {
    await tx
      .tables<LifecycleTables>()
      .deleteFrom(table)
      .where((row) => row.and(columnsOf(repository)))
      .execute();
  }
}

/** Writes what a preview found. */
export async function completePreview(
  tx: Tx,
  repository: RepositoryKey,
  found: readonly { readonly action: LifecycleAction; readonly image: LifecycleImage }[],
): Promise<void> {
  const columns = columnsOf(repository);
  for (const some of chunks(found, 100)) {
    const values = some.map(({ action, image }) => {
      const document: PreviewedImage = {
        tags: image.tags,
        pushedAt: image.pushedAt,
        type: action.type,
        priority: action.priority,
        storageClass: image.archivedAt === undefined ? "STANDARD" : "ARCHIVE",
      };
      return { ...columns, digest: image.digest, document: JSON.stringify(document) };
    });
    await tx.tables<LifecycleTables>().insertInto("ecr_lifecycle_preview_image").values(values).execute();
  }
  await tx
    .tables<LifecycleTables>()
    .updateTable("ecr_lifecycle_preview")
    .set({ status: "COMPLETE" })
    .where((row) => row.and(columns))
    .execute();
}
