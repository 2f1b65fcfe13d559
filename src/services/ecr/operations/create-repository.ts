import type * as ecr from "@aws-sdk/client-ecr";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { repositoryArn, repositoryOf } from "../arn.ts";
import type { EcrPorts } from "../ports.ts";
import { describeRepository, type RepositoryDocument } from "../repository.ts";
import { insertRepository, readEncryption } from "../repository-creation.ts";
import { readTagMutability } from "../tag-mutability.ts";
import { readTags, requestedTags, tagContext } from "../tags.ts";

/** Makes a repository, in another account's registry too where its registry policy allows that. */
export const createRepository = ({
  registryNames,
}: EcrPorts): WriteOperation<typeof ecr, "CreateRepository"> => ({
  name: "CreateRepository",
  authorise: (input, ctx) => [
    {
      action: "ecr:CreateRepository",
      resource: repositoryArn(repositoryOf(input, ctx)),
      context: tagContext(requestedTags(input.tags)),
    },
  ],
  async commit(tx, ctx, input) {
    const key = repositoryOf(input, ctx);
    const document: RepositoryDocument = {
      mutability: readTagMutability(input.imageTagMutability, input.imageTagMutabilityExclusionFilters),
      scanOnPush: input.imageScanningConfiguration?.scanOnPush ?? false,
      encryption: readEncryption(input.encryptionConfiguration, key),
      tags: readTags([], input.tags ?? []),
    };
    const repository = await insertRepository(tx, key, document, undefined, ctx.now);
    return { repository: describeRepository(repository, registryNames, ctx) };
  },
});
