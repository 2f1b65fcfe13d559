import type * as ecr from "@aws-sdk/client-ecr";
import type { PrepareContext } from "../../../dispatch/context.ts";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { pageToken } from "../../../kernel/page.ts";
import { onRepository, type RepositoryKey, repositoryOf } from "../arn.ts";
import { readAfter, statusFilter } from "../images/list-images.ts";
import type { ReferrersPage, ReferrersQuery } from "../images/referrers.ts";
import type { EcrPorts } from "../ports.ts";
import { referrersWithUpstream } from "../pull-through/cold-referrers.ts";
import { UpstreamFailure, unableToListUpstreamReferrers } from "../pull-through/faults.ts";
import { needRepository } from "../repositories/repository.ts";

/** API Reference, "ListImageReferrers". */
const defaultReferrers = 20;

/** Artifacts about an image: signatures, bills of material, … AWS: authorised as BatchGetImage. */
export const listImageReferrers = (ports: EcrPorts): ReadOperation<typeof ecr, "ListImageReferrers"> => ({
  name: "ListImageReferrers",
  authorise: onRepository("ecr:BatchGetImage"),
  async read(ctx, input) {
    const repository = await needRepository(ctx.rows, repositoryOf(input, ctx));
    const { artifactTypes, artifactStatus = "ACTIVE" } = input.filter ?? {};
    const [after] = readAfter(input.nextToken, 1) ?? [];
    const { referrers, more } = await listed(ports, ctx, repository, {
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
});

async function listed(
  ports: EcrPorts,
  ctx: PrepareContext,
  repository: RepositoryKey,
  query: ReferrersQuery,
): Promise<ReferrersPage> {
  try {
    return await referrersWithUpstream(ports, ctx, repository, query);
  } catch (error) {
    throw error instanceof UpstreamFailure ? unableToListUpstreamReferrers(error) : error;
  }
}
