import type * as ecr from "@aws-sdk/client-ecr";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { onRepository, repositoryOf } from "../arn.ts";
import { needDigest } from "../images/images.ts";
import { needRepository } from "../repositories/repository.ts";
import { signingStatuses } from "../signing/rules.ts";

/** How the managed signing of an image ended, for each profile that a rule named when the image was pushed. */
export const describeImageSigningStatus: ReadOperation<typeof ecr, "DescribeImageSigningStatus"> = {
  name: "DescribeImageSigningStatus",
  authorise: onRepository("ecr:DescribeImageSigningStatus"),
  async read(ctx, input) {
    const repository = await needRepository(ctx.rows, repositoryOf(input, ctx));
    const imageDigest = await needDigest(ctx.rows, repository, input.imageId);
    const statuses = await signingStatuses(ctx.rows, repository, imageDigest);
    return {
      registryId: repository.account,
      repositoryName: repository.name,
      imageId: { imageDigest, imageTag: input.imageId.imageTag },
      signingStatuses: statuses.map(({ profile, status, failure_code, failure_reason }) => ({
        signingProfileArn: profile,
        status,
        failureCode: failure_code,
        failureReason: failure_reason,
      })),
    };
  },
};
