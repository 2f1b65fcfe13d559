import type * as eventbridge from "@aws-sdk/client-eventbridge";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { archiveArn, needArchive, onArchive, showArchive } from "./archive.ts";

/** One archive, with how much it holds. */
export const describeArchive: ReadOperation<typeof eventbridge, "DescribeArchive"> = {
  name: "DescribeArchive",
  authorise: onArchive("events:DescribeArchive"),
  async read(ctx, input) {
    const archive = await needArchive(ctx.rows, ctx, input.ArchiveName);
    return {
      ...(await showArchive(ctx.rows, archive, ctx.now)),
      ArchiveArn: archiveArn(archive),
      Description: archive.description,
      EventPattern: archive.pattern,
    };
  },
};
