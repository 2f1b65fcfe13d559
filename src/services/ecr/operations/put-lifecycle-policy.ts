import type * as ecr from "@aws-sdk/client-ecr";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { uuid } from "../../../kernel/ids.ts";
import { onRepository, repositoryOf } from "../arn.ts";
import { setLifecyclePolicy } from "../lifecycle/jobs.ts";
import { readLifecyclePolicy } from "../lifecycle/policy.ts";
import { needRepository } from "../repositories/repository.ts";

/** Sets a repository's lifecycle policy, which begins to work at once. */
export const putLifecyclePolicy: WriteOperation<typeof ecr, "PutLifecyclePolicy", string> = {
  name: "PutLifecyclePolicy",
  authorise: onRepository("ecr:PutLifecyclePolicy"),
  async prepare(ctx) {
    return uuid(ctx.random);
  },
  async commit(tx, ctx, input, id) {
    const repository = await needRepository(tx, repositoryOf(input, ctx));
    const { text } = readLifecyclePolicy(input.lifecyclePolicyText);
    await setLifecyclePolicy(tx, repository, text, id);
    return { registryId: repository.account, repositoryName: repository.name, lifecyclePolicyText: text };
  },
};
