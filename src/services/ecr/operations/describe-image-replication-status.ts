import type * as ecr from "@aws-sdk/client-ecr";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { onRepository, repositoryOf } from "../arn.ts";
import { tagsOf } from "../images/delete-image.ts";
import { needDigest } from "../images/images.ts";
import { imageStatuses } from "../replication/status.ts";
import { columnsOf, needRepository } from "../repositories/repository.ts";
import type { EcrTables } from "../store.ts";

/** How far an image has come on its way to each destination. */
export const describeImageReplicationStatus: ReadOperation<typeof ecr, "DescribeImageReplicationStatus"> = {
  name: "DescribeImageReplicationStatus",
  authorise: onRepository("ecr:DescribeImageReplicationStatus"),
  async read(ctx, input) {
    const repository = await needRepository(ctx.rows, repositoryOf(input, ctx));
    const digest = await needDigest(ctx.rows, repository, input.imageId);
    const statuses = await ctx.rows
      .tables<EcrTables>()
      .selectFrom("ecr_replication_status")
      .selectAll()
      .where((row) => row.and(columnsOf(repository)))
      .where("digest", "=", digest)
      .orderBy("destination_region")
      .orderBy("destination_account")
      .orderBy("tag")
      .execute();
    return {
      repositoryName: repository.name,
      imageId: { imageDigest: digest, imageTag: input.imageId.imageTag },
      replicationStatuses: [...imageStatuses(statuses, await tagsOf(ctx.rows, repository, digest))],
    };
  },
};
