import type * as ecr from "@aws-sdk/client-ecr";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { formatArn } from "../../../kernel/arn.ts";
import { type RepositoryKey, repositoryArn, repositoryOf } from "../arn.ts";
import { repositoryAlreadyExists } from "../faults.ts";
import type { EcrPorts } from "../ports.ts";
import {
  describeRepository,
  type Encryption,
  type Repository,
  type RepositoryDocument,
} from "../repository.ts";
import type { EcrTables } from "../store.ts";
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
    const inserted = await tx
      .tables<EcrTables>()
      .insertInto("ecr_repository")
      .values({
        account: key.account,
        region: key.region,
        name: key.name,
        created_at: ctx.now,
        document: JSON.stringify(document),
        policy: null,
      })
      .onConflict((conflict) => conflict.doNothing())
      .returning("name")
      .executeTakeFirst();
    if (inserted === undefined) throw repositoryAlreadyExists(key);
    // Policies may ask for the tags of what they guard.
    if (document.tags.length > 0) await tx.bumpEpoch(key.account);
    const repository: Repository = { ...key, ...document, createdAt: ctx.now, policy: undefined };
    return { repository: describeRepository(repository, registryNames, ctx) };
  },
});

/** AWS: a key given by its id is answered as its ARN (captured); without a key it is the account's own for ECR. */
function readEncryption(
  wanted: { encryptionType: ecr.EncryptionType; kmsKey?: string } | undefined,
  key: RepositoryKey,
): Encryption {
  if (wanted === undefined || wanted.encryptionType === "AES256") return { type: "AES256" };
  const name = wanted.kmsKey ?? "alias/aws/ecr";
  if (name.startsWith("arn:")) return { type: wanted.encryptionType, kmsKey: name };
  const resource = name.startsWith("alias/") ? name : `key/${name}`;
  return { type: wanted.encryptionType, kmsKey: formatArn("kms", key.region, key.account, resource) };
}
