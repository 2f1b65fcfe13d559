import type * as ecr from "@aws-sdk/client-ecr";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { pageToken } from "../../../kernel/page.ts";
import { onRepository, repositoryOf } from "../arn.ts";
import { readAfter, statusFilter } from "../images/list-images.ts";
import { referrersOf } from "../images/referrers.ts";
import { needRepository } from "../repositories/repository.ts";

/** API Reference, "ListImageReferrers". */
const defaultReferrers = 20;

/** Artifacts about an image: signatures, bills of material, … AWS: authorised as BatchGetImage. */
export const listImageReferrers: ReadOperation<typeof ecr, "ListImageReferrers"> = {
  name: "ListImageReferrers",
  authorise: onRepository("ecr:BatchGetImage"),
  async read(ctx, input) {
    const repository = await needRepository(ctx.rows, repositoryOf(input, ctx));
    const { artifactTypes, artifactStatus = "ACTIVE" } = input.filter ?? {};
    const [after] = readAfter(input.nextToken, 1) ?? [];
    const { referrers, more } = await referrersOf(ctx.rows, repository, {
      subject: input.subjectId.imageDigest,
      artifactTypes,
      status: statusFilter(artifactStatus),
      after,
      limit: input.maxResults ?? defaultReferrers,
    });
    const last = referrers[referrers.length - 1];
    return {
      referrers: referrers.map(({ status, ...referrer }) => ({
        ...referrer,
        artifactStatus: status,
        annotations: referrer.annotations && { ...referrer.annotations },
      })),
      nextToken: more && last !== undefined ? pageToken([last.digest]) : undefined,
    };
  },
};
