import type * as eventbridge from "@aws-sdk/client-eventbridge";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { needArchive, onArchive } from "./archive.ts";
import type { ArchiveTables } from "./archive-store.ts";
import { archiveExpiryJob } from "./archiving.ts";

/** Removes an archive, and what it kept. */
export const deleteArchive: WriteOperation<typeof eventbridge, "DeleteArchive"> = {
  name: "DeleteArchive",
  authorise: onArchive("events:DeleteArchive"),
  async commit(tx, ctx, input) {
    const archive = await needArchive(tx, ctx, input.ArchiveName);
    await tx
      .tables<ArchiveTables>()
      .deleteFrom("events_archive")
      .where("account", "=", archive.account)
      .where("region", "=", archive.region)
      .where("name", "=", archive.name)
      .execute();
    await tx.enqueue(archiveExpiryJob(archive, archive.id, ctx.now));
    return {};
  },
};
