import type * as ecr from "@aws-sdk/client-ecr";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { repositoryArn, repositoryOf } from "../arn.ts";
import { prepareEncryption } from "../encryption/encryption.ts";
import { readTagMutability } from "../images/tag-mutability.ts";
import type { EcrPorts } from "../ports.ts";
import { describeRepository, type Encryption, type RepositoryDocument } from "../repositories/repository.ts";
import { insertRepository } from "../repositories/repository-creation.ts";
import { readTags, requestedTags, tagContext } from "../repositories/tags.ts";

/** Makes a repository, in another account's registry too where its registry policy allows that. */
export const createRepository = ({
  registryNames,
  repositoryBlobs,
}: EcrPorts): WriteOperation<typeof ecr, "CreateRepository", Encryption> => ({
  name: "CreateRepository",
  authorise: (input, ctx) => [
    {
      action: "ecr:CreateRepository",
      resource: repositoryArn(repositoryOf(input, ctx)),
      context: tagContext(requestedTags(input.tags)),
    },
  ],
  prepare: (ctx, input) =>
    prepareEncryption(ctx, repositoryBlobs, input.encryptionConfiguration, repositoryOf(input, ctx)),
  async commit(tx, ctx, input, encryption) {
    const key = repositoryOf(input, ctx);
    const document: RepositoryDocument = {
      mutability: readTagMutability(input.imageTagMutability, input.imageTagMutabilityExclusionFilters),
      scanOnPush: input.imageScanningConfiguration?.scanOnPush ?? false,
      encryption,
      tags: readTags([], input.tags ?? []),
    };
    const repository = await insertRepository(tx, key, document, undefined, ctx.now);
    return { repository: describeRepository(repository, registryNames, ctx) };
  },
});
