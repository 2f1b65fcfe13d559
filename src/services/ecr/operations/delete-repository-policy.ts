import type * as ecr from "@aws-sdk/client-ecr";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { onRepository, repositoryOf } from "../arn.ts";
import { repositoryPolicyNotFound } from "../faults.ts";
import type { EcrPorts } from "../ports.ts";
import { shownPolicyText } from "../repositories/policy-text.ts";
import { needRepository, updateRepository } from "../repositories/repository.ts";

/** Removes the policy of a repository, and answers it once more. */
export const deleteRepositoryPolicy = ({
  principals,
}: EcrPorts): WriteOperation<typeof ecr, "DeleteRepositoryPolicy"> => ({
  name: "DeleteRepositoryPolicy",
  authorise: onRepository("ecr:DeleteRepositoryPolicy"),
  async commit(tx, ctx, input) {
    const repository = await needRepository(tx, repositoryOf(input, ctx));
    if (repository.policy === undefined) throw repositoryPolicyNotFound(repository);
    await updateRepository(tx, repository, { policy: null });
    await tx.bumpEpoch(repository.account);
    return {
      registryId: repository.account,
      repositoryName: repository.name,
      policyText: await shownPolicyText(tx, principals, repository.policy),
    };
  },
});
