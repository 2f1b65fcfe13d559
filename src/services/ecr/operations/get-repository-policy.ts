import type * as ecr from "@aws-sdk/client-ecr";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { onRepository, repositoryOf } from "../arn.ts";
import { repositoryPolicyNotFound } from "../faults.ts";
import type { EcrPorts } from "../ports.ts";
import { shownPolicyText } from "../repositories/policy-text.ts";
import { needRepository } from "../repositories/repository.ts";

/** The policy of a repository. */
export const getRepositoryPolicy = ({
  principals,
}: EcrPorts): ReadOperation<typeof ecr, "GetRepositoryPolicy"> => ({
  name: "GetRepositoryPolicy",
  authorise: onRepository("ecr:GetRepositoryPolicy"),
  async read(ctx, input) {
    const repository = await needRepository(ctx.rows, repositoryOf(input, ctx));
    if (repository.policy === undefined) throw repositoryPolicyNotFound(repository);
    return {
      registryId: repository.account,
      repositoryName: repository.name,
      policyText: await shownPolicyText(ctx.rows, principals, repository.policy),
    };
  },
});
