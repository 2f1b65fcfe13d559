import type * as eventbridge from "@aws-sdk/client-eventbridge";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { notServed } from "../faults.ts";
import { eventPattern } from "../pattern/pattern.ts";
import { type Archive, archiveArn, keptFrom, needArchive, onArchive, writeArchive } from "./archive.ts";
import { archiveExpiryJob } from "./archiving.ts";

/** Changes what the call names of an archive; events that it has stay, but for those whose time is over now. */
export const updateArchive: WriteOperation<typeof eventbridge, "UpdateArchive"> = {
  name: "UpdateArchive",
  authorise: onArchive("events:UpdateArchive"),
  async commit(tx, ctx, input) {
    if (input.KmsKeyIdentifier) throw notServed("KmsKeyIdentifier", "Encryption of archives with a KMS key");
    if (input.EventPattern !== undefined) eventPattern(input.EventPattern);
    const was = await needArchive(tx, ctx, input.ArchiveName);
    const archive: Archive = {
      ...was,
      description: input.Description ?? was.description,
      pattern: input.EventPattern ?? was.pattern,
      retention: input.RetentionDays ?? was.retention,
      lostBefore: keptFrom(was, ctx.now),
    };
    await writeArchive(tx, archive);
    await tx.enqueue(archiveExpiryJob(archive, archive.id, ctx.now));
    return {
      ArchiveArn: archiveArn(archive),
      State: "ENABLED",
      CreationTime: new Date(archive.createdAt),
    };
  },
};
