import type * as ecr from "@aws-sdk/client-ecr";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { onRepository, repositoryOf } from "../arn.ts";
import { vaultRemovalJob } from "../encryption/vault-removal.ts";
import { repositoryNotEmpty } from "../faults.ts";
import { imagePage } from "../images/list-images.ts";
import type { LifecycleTables } from "../lifecycle/store.ts";
import type { EcrPorts } from "../ports.ts";
import { columnsOf, describeDeletedRepository, needRepository } from "../repositories/repository.ts";
import type { ScanTables } from "../scanning/store.ts";
import type { SigningTables } from "../signing/store.ts";
import type { EcrTables } from "../store.ts";

const contents = [
  "ecr_tag",
  "ecr_reference",
  "ecr_replication_status",
  "ecr_image",
  "ecr_layer_link",
  "ecr_lifecycle_policy",
  "ecr_lifecycle_preview",
  "ecr_lifecycle_preview_image",
  "ecr_scan",
  "ecr_scan_finding",
  "ecr_signing_status",
] as const;

/** Removes a repository; with its images only when forced. */
export const deleteRepository = ({
  registryNames,
}: EcrPorts): WriteOperation<typeof ecr, "DeleteRepository"> => ({
  name: "DeleteRepository",
  authorise: onRepository("ecr:DeleteRepository"),
  async commit(tx, ctx, input) {
    const repository = await needRepository(tx, repositoryOf(input, ctx));
    const { account, region, repository: name } = columnsOf(repository);
    if (input.force !== true) {
      const images = await imagePage(tx, repository, { imageStatus: "ANY" }, 1, undefined);
      if (images.rows.length > 0) throw repositoryNotEmpty(repository);
    }
    for (const table of contents) {
      await tx
        .tables<EcrTables & LifecycleTables & ScanTables & SigningTables>()
        .deleteFrom(table)
        .where((row) => row.and(columnsOf(repository)))
        .execute();
    }
    // The collector cancels uploads by their rows: it is told that nobody continues these.
    await tx
      .tables<EcrTables>()
      .updateTable("ecr_upload")
      .set({ touched_at: 0 })
      .where((row) => row.and(columnsOf(repository)))
      .execute();
    await tx
      .tables<EcrTables>()
      .deleteFrom("ecr_repository")
      .where("account", "=", account)
      .where("region", "=", region)
      .where("name", "=", name)
      .execute();
    const removal = vaultRemovalJob(repository);
    if (removal !== undefined) await tx.enqueue(removal);
    // What was cached of its policy and tags must not outlive it.
    if (repository.policy !== undefined || repository.tags.length > 0) await tx.bumpEpoch(repository.account);
    return { repository: describeDeletedRepository(repository, registryNames, ctx) };
  },
});
