import type * as ecr from "@aws-sdk/client-ecr";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { onRepository, repositoryOf } from "../arn.ts";
import { lastEvaluatedAt, needLifecyclePolicy } from "../lifecycle/jobs.ts";
import { needRepository } from "../repositories/repository.ts";

/** A repository's lifecycle policy, and when it was last evaluated. */
export const getLifecyclePolicy: ReadOperation<typeof ecr, "GetLifecyclePolicy"> = {
  name: "GetLifecyclePolicy",
  authorise: onRepository("ecr:GetLifecyclePolicy"),
  async read(ctx, input) {
    const repository = await needRepository(ctx.rows, repositoryOf(input, ctx));
    const found = await needLifecyclePolicy(ctx.rows, repository);
    return {
      registryId: repository.account,
      repositoryName: repository.name,
      lifecyclePolicyText: found.policy,
      lastEvaluatedAt: lastEvaluatedAt(found),
    };
  },
};
