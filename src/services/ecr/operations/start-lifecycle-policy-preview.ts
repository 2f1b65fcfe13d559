import type * as ecr from "@aws-sdk/client-ecr";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { onRepository, repositoryOf } from "../arn.ts";
import { needLifecyclePolicy } from "../lifecycle/jobs.ts";
import { readLifecyclePolicy } from "../lifecycle/policy.ts";
import { beginPreview } from "../lifecycle/preview.ts";
import { needRepository } from "../repositories/repository.ts";

/** Begins to find out what a policy would do: the given one, or the repository's own. */
export const startLifecyclePolicyPreview: WriteOperation<typeof ecr, "StartLifecyclePolicyPreview"> = {
  name: "StartLifecyclePolicyPreview",
  authorise: onRepository("ecr:StartLifecyclePolicyPreview"),
  async commit(tx, ctx, input) {
    const repository = await needRepository(tx, repositoryOf(input, ctx));
    const lifecyclePolicyText =
      input.lifecyclePolicyText === undefined
        ? (await needLifecyclePolicy(tx, repository)).policy
        : readLifecyclePolicy(input.lifecyclePolicyText).text;
    await beginPreview(tx, repository, lifecyclePolicyText, ctx.now);
    return {
      registryId: repository.account,
      repositoryName: repository.name,
      lifecyclePolicyText,
      status: "IN_PROGRESS",
    };
  },
};
