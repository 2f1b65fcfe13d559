import type * as ecr from "@aws-sdk/client-ecr";
import {
  CreateGrantCommand,
  DescribeKeyCommand,
  GenerateDataKeyCommand,
  RetireGrantCommand,
} from "@aws-sdk/client-kms";
import type { Client, PrepareContext } from "../../../dispatch/context.ts";
import { formatArn, parseArn } from "../../../kernel/arn.ts";
import type { AccountId } from "../../../kernel/brand.ts";
import { isFault } from "../../../kernel/fault.ts";
import { uuid } from "../../../kernel/ids.ts";
import type { RepositoryKey } from "../arn.ts";
import { repositoryAlreadyExists } from "../faults.ts";
import { type Encryption, findRepository } from "../repositories/repository.ts";
import { kmsException } from "./kms-fault.ts";
import {
  encryptionContext,
  type RepositoryBlobPorts,
  type RepositoryBlobs,
  regionalPrincipal,
  type Vault,
} from "./vault.ts";

/** AWS: two grants on the key, alike (User Guide, "Encryption at rest"). */
const grantCount = 2;

/** What a new repository shall be encrypted with. */
export interface WantedEncryption {
  readonly encryptionType?: ecr.EncryptionType | undefined;
  /** ARN, id or alias; the account's own key for ECR when left out. */
  readonly kmsKey?: string | undefined;
}

/**
 * Makes ready the encryption of a repository that is about to be created. For a KMS key the caller, whose identity is
 * forwarded, needs kms:DescribeKey and kms:CreateGrant: ECR's later use of the key rests on the grants alone.
 * @throws Fault `KmsException`; `RepositoryAlreadyExistsException`, so that nothing is granted for a repository that is
 * not made.
 */
export async function prepareEncryption(
  ctx: PrepareContext,
  blobs: RepositoryBlobs,
  wanted: WantedEncryption | undefined,
  repository: RepositoryKey,
): Promise<Encryption> {
  const type = wanted?.encryptionType ?? "AES256";
  if (type === "AES256") return { type };
  if ((await findRepository(ctx.rows, repository)) !== undefined) throw repositoryAlreadyExists(repository);
  const caller = ctx.forward("ecr.amazonaws.com");
  const grants: string[] = [];
  try {
    const kmsKey = await keyOf(caller, wanted?.kmsKey, repository);
    for (let count = 0; count < grantCount; count++) grants.push(await grant(caller, kmsKey, repository));
    const name = uuid(ctx.random);
    const vault = await blobs.newVault({ repository, kmsKey, type, name, random: ctx.random, grants });
    return { type, kmsKey, vault };
  } catch (error) {
    throw kmsException(error);
  }
}

/** The ARN of the key that is meant. */
async function keyOf(caller: Client, named: string | undefined, repository: RepositoryKey): Promise<string> {
  const { account, region } = repository;
  const name = named === undefined || named === "" ? "alias/aws/ecr" : named;
  const resource = name.startsWith("alias/") ? name : `key/${name}`;
  const KeyId = name.startsWith("arn:") ? name : formatArn("kms", region, account, resource);
  if (resource === "alias/aws/ecr") {
    // AWS makes this key when the service first encrypts something with it.
    const EncryptionContext = encryptionContext(repository);
    await caller.send(new GenerateDataKeyCommand({ KeyId, KeySpec: "AES_256", EncryptionContext }));
  }
  const { KeyMetadata } = await caller.send(new DescribeKeyCommand({ KeyId }));
  return KeyMetadata?.Arn ?? KeyId;
}

async function grant(caller: Client, kmsKey: string, repository: RepositoryKey): Promise<string> {
  const principal = regionalPrincipal(repository.region);
  const { GrantId = "" } = await caller.send(
    new CreateGrantCommand({
      KeyId: kmsKey,
      GranteePrincipal: principal,
      RetiringPrincipal: principal,
      Operations: ["Decrypt", "GenerateDataKey"],
      Constraints: { EncryptionContextSubset: encryptionContext(repository) },
    }),
  );
  return GrantId;
}

/**
 * Ends ECR's grants on the key of a repository that is gone. A grant or a key that is gone as well, or a key that KMS
 * lets nobody touch any more, is no error.
 */
export async function retireGrants(
  clientOf: RepositoryBlobPorts["clientOf"],
  { region }: RepositoryKey,
  kmsKey: string,
  { grants }: Vault,
): Promise<void> {
  const account = (parseArn(kmsKey)?.account ?? "") as AccountId;
  const service = clientOf(regionalPrincipal(region), account, region);
  for (const GrantId of grants) {
    try {
      await service.send(new RetireGrantCommand({ KeyId: kmsKey, GrantId }));
    } catch (error) {
      if (!isFault(error) || isFault(error, "InternalFailure", "ThrottlingException")) throw error;
    }
  }
}
