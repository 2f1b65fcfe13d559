import type * as ecr from "@aws-sdk/client-ecr";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { onRepository, repositoryOf } from "../arn.ts";
import { lastEvaluatedAt, needLifecyclePolicy } from "../lifecycle/jobs.ts";
import type { LifecycleTables } from "../lifecycle/store.ts";
import { columnsOf, needRepository } from "../repositories/repository.ts";

/** Takes a repository's lifecycle policy away. */
export const deleteLifecyclePolicy: WriteOperation<typeof ecr, "DeleteLifecyclePolicy"> = {
  name: "DeleteLifecyclePolicy",
  authorise: onRepository("ecr:DeleteLifecyclePolicy"),
  async commit(tx, ctx, input) {
    const repository = await needRepository(tx, repositoryOf(input, ctx));
    const found = await needLifecyclePolicy(tx, repository);
    await tx
      .tables<LifecycleTables>()
      .deleteFrom("ecr_lifecycle_policy")
      .where((row) => row.and(columnsOf(repository)))
      .execute();
    return {
      registryId: repository.account,
      repositoryName: repository.name,
      lifecyclePolicyText: found.policy,
      lastEvaluatedAt: lastEvaluatedAt(found),
    };
  },
};
