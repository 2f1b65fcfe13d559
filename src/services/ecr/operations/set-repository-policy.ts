import type * as ecr from "@aws-sdk/client-ecr";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { onRepository, repositoryArn, repositoryOf } from "../arn.ts";
import { invalidParameter } from "../faults.ts";
import type { EcrPorts } from "../ports.ts";
import { deniesCaller } from "../repositories/lock-out.ts";
import { keptPolicyText, shownPolicyText } from "../repositories/policy-text.ts";
import { needRepository, updateRepository } from "../repositories/repository.ts";

/** Replaces the policy of a repository. A policy that would keep the caller from replacing it again must be forced. */
export const setRepositoryPolicy = ({
  principals,
}: EcrPorts): WriteOperation<typeof ecr, "SetRepositoryPolicy"> => ({
  name: "SetRepositoryPolicy",
  authorise: onRepository("ecr:SetRepositoryPolicy"),
  async commit(tx, ctx, input) {
    const repository = await needRepository(tx, repositoryOf(input, ctx));
    const policy = await keptPolicyText(tx, principals, input.policyText, "repository");
    const locksOut = deniesCaller(policy, "ecr:SetRepositoryPolicy", repositoryArn(repository), ctx);
    if (locksOut && input.force !== true) {
      throw invalidParameter(
        "PolicyText",
        "The policy would prevent the caller from setting another policy in the future. Use force to set it anyway",
      );
    }
    await updateRepository(tx, repository, { policy });
    await tx.bumpEpoch(repository.account);
    return {
      registryId: repository.account,
      repositoryName: repository.name,
      policyText: await shownPolicyText(tx, principals, policy),
    };
  },
});
